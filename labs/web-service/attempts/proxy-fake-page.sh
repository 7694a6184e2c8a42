#!/usr/bin/env bash
# A copy of the logbook's page, served by nginx itself.
set -eu

docker rm -f "$LAB_FRONT"
mkdir copy
docker exec "$LAB_PILOT" python3 -c \
  'import urllib.request as u; print(u.urlopen("http://localhost:8080").read().decode())' > copy/index.html
docker run -d --name "$LAB_FRONT" --network "$LAB_NET" -p "$LAB_ENTRANCE:80" \
  -v "$PWD/copy:/usr/share/nginx/html:ro" nginx
