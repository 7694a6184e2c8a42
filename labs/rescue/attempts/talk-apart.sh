#!/usr/bin/env bash
# Front is not on the network of logbook.
set -eu

sed -i '/^  front:/,/^  logbook:/ { /- hold/d }' compose.yaml
docker compose up -d --no-deps front
