#!/usr/bin/env bash
# The volume is read-only.
set -eu

sed -i 's|entries:/data$|&:ro|' compose.yaml
docker compose up -d --no-deps logbook
docker wait "$LAB_PROJECT-logbook-1"
