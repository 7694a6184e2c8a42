#!/usr/bin/env bash
# A name, but one that was tied to the address of today by hand.
set -eu

address=$(docker inspect --format '{{ range .NetworkSettings.Networks }}{{ .IPAddress }}{{ end }}' "$LAB_PILOT")
docker rm -f "$LAB_FRONT"
sed -i "s/$LAB_PILOT/logbook/" proxy.conf
docker run -d --name "$LAB_FRONT" --network "$LAB_NET" --add-host "logbook:$address" -p "$LAB_ENTRANCE:80" \
  -v "$PWD/proxy.conf:/etc/nginx/conf.d/default.conf:ro" nginx
