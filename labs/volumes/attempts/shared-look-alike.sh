#!/usr/bin/env bash
# The reader runs under another name.
set -eu

docker rename "$LAB_READER" "$LAB_READER-2"
