#!/usr/bin/env bash
# The page was copied into the container; the folder is mounted where nobody reads it.
set -eu

docker rm -f "$LAB_SITE"
docker run -d --name "$LAB_SITE" -p "$LAB_GATE:80" -v "$PWD/site:/site:ro" nginx
docker cp site/. "$LAB_SITE:/usr/share/nginx/html/"
