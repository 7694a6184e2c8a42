#!/usr/bin/env bash
# The machine's own /dev/shm: in memory, but it outlives the container and has no limit.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" -v /dev/shm:/scratch busybox sleep infinity
