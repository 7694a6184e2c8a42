#!/usr/bin/env bash
# Restarted, but never taken down.
set -eu
docker compose down --volumes --timeout 1
docker compose up -d
until docker compose exec -T api logbook add "$LAB_ENTRY"; do sleep 0.2; done
docker compose restart --timeout 1 db
until docker compose exec -T api logbook health; do sleep 0.2; done
