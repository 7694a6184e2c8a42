#!/usr/bin/env bash
# The shell stays process 1.
set -eu

sed -i 's/^exec //' tug/start.sh
