#!/usr/bin/env bash
# A container that was set right by hand, kept as an image.
set -eu

docker commit "$LAB_PROJECT-logbook-1" "$LAB_PROJECT-logbook:right"
sed -i "s|image: steiger/logbook:2.0|image: $LAB_PROJECT-logbook:right|" compose.yaml
docker compose up -d --no-deps logbook
