#!/usr/bin/env bash
# An anonymous volume where a tmpfs should be.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" -v /scratch busybox sleep infinity
