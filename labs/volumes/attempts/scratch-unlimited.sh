#!/usr/bin/env bash
# A tmpfs without a limit.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" --tmpfs /scratch busybox sleep infinity
