#!/usr/bin/env bash
# Tide on the network of the machine.
set -eu

sed -i '/^  tide:/,/^  pilot:/ { s/^    networks:/    network_mode: host/; /- hold/d }' compose.yaml
docker compose up -d --no-deps tide
until docker compose exec -T tide tide ready; do sleep 0.2; done
