#!/usr/bin/env bash
# The variable is new, EXPOSE is still old.
set -eu

sed -i 's/^EXPOSE.*/EXPOSE 80/' tug/Dockerfile
