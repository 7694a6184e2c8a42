#!/usr/bin/env bash
# The address that logbook happens to have now.
set -eu

address=$(docker inspect --format '{{ range .NetworkSettings.Networks }}{{ .IPAddress }}{{ end }}' "$LAB_PROJECT-logbook-1")
sed -i "s|//logbook:8080|//$address:8080|" front/default.conf
docker compose restart front
