#!/usr/bin/env bash
# The file is beside nginx's own default.conf, which wins.
set -eu

docker rm -f "$LAB_FRONT"
docker run -d --name "$LAB_FRONT" --network "$LAB_NET" -p "$LAB_ENTRANCE:80" \
  -v "$PWD/proxy.conf:/etc/nginx/conf.d/proxy.conf:ro" nginx
