#!/usr/bin/env bash
# The port is named, not published.
set -eu

sed -i -e '/^  front:/,/^  logbook:/ s/ports:/expose:/' -e "s/\"$LAB_GATE:8090\"/\"$LAB_GATE\"/" compose.yaml
docker compose up -d --no-deps front
