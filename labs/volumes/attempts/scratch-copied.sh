#!/usr/bin/env bash
# The size of another student.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" --tmpfs "/scratch:size=${OTHER_SIZE}m" busybox sleep infinity
