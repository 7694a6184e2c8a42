#!/usr/bin/env bash
# Out of the compose file, but not out of the environment.
set -eu
echo "DB_PASSWORD=$LAB_PASSWORD" > .env
# shellcheck disable=SC2016
sed -i 's|LOGBOOK_DB_PASSWORD_FILE: .*|LOGBOOK_DB_PASSWORD: ${DB_PASSWORD}|' compose.yaml
docker compose up -d
