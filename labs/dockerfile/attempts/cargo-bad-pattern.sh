#!/usr/bin/env bash
# A pattern that is none.
set -eu

echo '[' >> cargo/.dockerignore
