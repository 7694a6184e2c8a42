#!/usr/bin/env bash
# The container may write in the folder.
set -eu

docker rm -f "$LAB_SITE"
docker run -d --name "$LAB_SITE" -p "$LAB_GATE:80" -v "$PWD/site:/usr/share/nginx/html" nginx
