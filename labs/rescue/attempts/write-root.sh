#!/usr/bin/env bash
# Logbook as root: it may write, and all the rest.
set -eu

sed -i 's|^    image: steiger/logbook.*|&\n    user: root|' compose.yaml
docker compose up -d --no-deps logbook
