#!/usr/bin/env bash
# A whole folder left out, for one file in it.
set -eu

echo docs >> cargo/.dockerignore
