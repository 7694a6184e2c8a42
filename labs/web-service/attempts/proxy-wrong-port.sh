#!/usr/bin/env bash
# The logbook's port, not nginx's, on the right.
set -eu

docker rm -f "$LAB_FRONT"
docker run -d --name "$LAB_FRONT" --network "$LAB_NET" -p "$LAB_ENTRANCE:8080" \
  -v "$PWD/proxy.conf:/etc/nginx/conf.d/default.conf:ro" nginx
