#!/usr/bin/env bash
# The volume with the program of version 1.0 lies over that of the image.
set -eu

docker run --rm -v "${LAB_PROJECT}_program:/opt/logbook" steiger/logbook:1.0 true
sed -i -e 's|^      - entries:/data$|&\n      - program:/opt/logbook|' -e 's/^  entries:$/&\n  program:/' compose.yaml
docker compose up -d --no-deps logbook
