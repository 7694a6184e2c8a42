#!/usr/bin/env bash
# The service has another name; only an alias keeps the application working.
set -eu
docker compose down --timeout 1
sed -i -e 's/^  db:/  database:/' -e 's/^      db:/      database:/' compose.yaml
sed -i '/^  database:/,/^networks:/ s/^      - back/      back:\n        aliases: [db]/' compose.yaml
docker compose up -d
