#!/usr/bin/env bash
# The file is not in the folder that is built.
set -eu

mv cargo/.dockerignore .
