#!/usr/bin/env bash
# A named volume, filled with the page, where the folder should be.
set -eu

docker rm -f "$LAB_SITE"
docker create --name "$LAB_SITE" -p "$LAB_GATE:80" -v "$LAB_VOL-site:/usr/share/nginx/html:ro" nginx
docker run --rm -v "$LAB_VOL-site:/to" -v "$PWD/site:/from" busybox cp /from/index.html /to/
docker start "$LAB_SITE"
