#!/usr/bin/env bash
# A user whom the file does not belong to.
set -eu

sed -i 's|^    image: steiger/logbook.*|&\n    user: "1001"|' compose.yaml
docker compose up -d --no-deps logbook
docker wait "$LAB_PROJECT-logbook-1"
