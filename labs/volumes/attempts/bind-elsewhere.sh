#!/usr/bin/env bash
# A copy of the folder is mounted, not the folder itself.
set -eu

docker rm -f "$LAB_SITE"
cp -r site site-copy
docker run -d --name "$LAB_SITE" -p "$LAB_GATE:80" -v "$PWD/site-copy:/usr/share/nginx/html:ro" nginx
