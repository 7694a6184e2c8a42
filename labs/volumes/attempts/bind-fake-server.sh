#!/usr/bin/env bash
# Something else serves the page on the port; the container itself cannot be reached.
set -eu

docker rm -f "$LAB_SITE"
docker run -d --name "$LAB_SITE" --network none -v "$PWD/site:/usr/share/nginx/html:ro" nginx
docker run -d --name "$LAB_SITE-front" -p "$LAB_GATE:8080" -v "$PWD/site:/www:ro" busybox httpd -f -p 8080 -h /www
