#!/usr/bin/env bash
# The logbook keeps to itself; nobody talks to the database.
set -eu
sed -i '/LOGBOOK_DB_HOST/d' compose.yaml
docker compose up -d
