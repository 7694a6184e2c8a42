#!/usr/bin/env bash
# The volume was thrown away to begin afresh.
set -eu

docker compose rm -sf logbook
docker volume rm "${LAB_PROJECT}_entries"
docker compose up -d --no-deps logbook
