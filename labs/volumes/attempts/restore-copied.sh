#!/usr/bin/env bash
# The files of another student.
set -eu

docker run --rm -v "$LAB_RESTORED:/data" busybox sed -i "s/$LAB_VOYAGE/$OTHER_VOYAGE/" /data/ship.log /data/crew/names.txt
