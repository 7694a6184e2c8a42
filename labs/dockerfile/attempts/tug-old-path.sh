#!/usr/bin/env bash
# The script still looks for the program where it was.
set -eu

sed -i 's|src/tug.py \.|src/tug.py src/|' tug/Dockerfile
