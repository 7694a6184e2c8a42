#!/usr/bin/env bash
# The archive was made in the helper container, and went with it.
set -eu

rm -f backup.tar
docker run --rm -v "$LAB_STOCK:/data:ro" busybox tar -C /data -cf /backup.tar .
