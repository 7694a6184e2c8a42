#!/usr/bin/env bash
# As in .gitignore: but here *.key counts for the top folder alone.
set -eu

sed -i 's/^.*\.key$/*.key/' cargo/.dockerignore
