#!/usr/bin/env bash
# The port is exposed, not published.
set -eu

docker rm -f "$LAB_SITE"
docker run -d --name "$LAB_SITE" --expose "$LAB_GATE" -v "$PWD/site:/usr/share/nginx/html:ro" nginx
