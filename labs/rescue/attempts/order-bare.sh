#!/usr/bin/env bash
# Pilot waits until tide is started, not until it is ready.
set -eu

sed -i -e '/^      tide:$/d' -e 's/^        condition: service_healthy$/      - tide/' compose.yaml
docker compose up -d --force-recreate tide pilot
timeout 10 docker wait "$LAB_PROJECT-pilot-1"
