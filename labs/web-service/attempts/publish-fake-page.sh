#!/usr/bin/env bash
# A page of one's own with the right title, served by nginx.
set -eu

docker rm -f "$LAB_DESK"
mkdir fake
echo "<title>Pier $LAB_PIER</title><h1>Pier $LAB_PIER</h1>" > fake/index.html
docker run -d --name "$LAB_DESK" -p "$LAB_DOOR:80" -v "$PWD/fake:/usr/share/nginx/html:ro" nginx
