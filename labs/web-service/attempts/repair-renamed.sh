#!/usr/bin/env bash
# The repaired service under another name.
set -eu

docker rename "$LAB_CRANE" "$LAB_CRANE-2"
