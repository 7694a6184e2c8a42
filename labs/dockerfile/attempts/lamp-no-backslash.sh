#!/usr/bin/env bash
# An instruction broken off at the end of its line.
set -eu

sed -i 's/ \\$//; s/^  CMD/  --retries=3 CMD/' lamp/Dockerfile
