#!/usr/bin/env bash
# The same, and then up once more: now tide is ready, so it works, this time.
set -eu

sed -i -e '/^      tide:$/d' -e 's/^        condition: service_healthy$/      - tide/' compose.yaml
docker compose up -d --no-deps --force-recreate pilot
