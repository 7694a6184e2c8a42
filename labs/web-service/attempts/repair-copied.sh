#!/usr/bin/env bash
# The file of another student.
set -eu

sed -i "s/$LAB_HOOK/$OTHER_HOOK/" crane.ini
docker restart -t 0 "$LAB_CRANE"
