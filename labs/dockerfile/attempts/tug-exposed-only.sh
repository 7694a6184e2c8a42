#!/usr/bin/env bash
# EXPOSE is new, the variable is still old.
set -eu

sed -i 's/^ENV.*/ENV PORT=80/' tug/Dockerfile
