#!/usr/bin/env bash
# A file in the container, but no secret.
set -eu
sed -i -e 's|LOGBOOK_DB_PASSWORD_FILE: .*|LOGBOOK_DB_PASSWORD_FILE: /password.txt|' \
  -e '/^  api:/a\    volumes: ["./secrets/password.txt:/password.txt:ro"]' compose.yaml
docker compose up -d
