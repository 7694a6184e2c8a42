#!/usr/bin/env bash
# The entries of another student.
set -eu

docker exec "$LAB_OFFICE" sed -i "s/$LAB_SEAL/$OTHER_SEAL/" /data/entries.txt
