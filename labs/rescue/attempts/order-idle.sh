#!/usr/bin/env bash
# Pilot is kept alive with something else.
set -eu

sed -i 's|^    image: steiger/pilot.*|&\n    command: sleep infinity|' compose.yaml
docker compose up -d --no-deps pilot
