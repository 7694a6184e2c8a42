#!/usr/bin/env bash
# The first fault was repaired, the second was not.
set -eu

sed -i 's/^harbour/habour/' crane.ini
docker restart -t 0 "$LAB_CRANE"
docker wait "$LAB_CRANE"
