#!/usr/bin/env bash
# The port that was left open for a test.
set -eu

sed -i "s|^    image: steiger/logbook.*|&\n    ports: ['$LAB_HATCH:8080']|" compose.yaml
docker compose up -d --no-deps logbook
