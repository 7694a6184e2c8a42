#!/usr/bin/env bash
# Another web server on the port, with the same page; front is left as it was.
set -eu

sed -i "/\"$LAB_GATE:8090\"/d; 0,/ports:/{/ports:/d}" compose.yaml
docker compose up -d --no-deps front
docker run -d --name "$LAB_PROJECT-door" -p "$LAB_GATE:80" -v "$PWD/site:/usr/share/nginx/html:ro" nginx
