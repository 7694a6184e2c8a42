#!/usr/bin/env bash
# The script may not be executed.
set -eu

sed -i 's/ --chmod=755//' tug/Dockerfile
chmod 644 tug/start.sh
