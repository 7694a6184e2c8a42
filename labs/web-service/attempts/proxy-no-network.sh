#!/usr/bin/env bash
# No network of one's own at all.
set -eu

docker rm -f "$LAB_FRONT" "$LAB_PILOT"
docker run -d --name "$LAB_PILOT" steiger/logbook:1.0
docker run -d --name "$LAB_FRONT" --link "$LAB_PILOT" -p "$LAB_ENTRANCE:80" \
  -v "$PWD/proxy.conf:/etc/nginx/conf.d/default.conf:ro" nginx
docker network rm "$LAB_NET"
