#!/usr/bin/env bash
# Back to version 1.0.
set -eu

sed -i 's|logbook:2.0|logbook:1.0|' compose.yaml
docker compose up -d --no-deps logbook
