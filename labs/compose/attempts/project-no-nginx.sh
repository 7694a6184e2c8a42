#!/usr/bin/env bash
# The application itself as the service web: a page, but no nginx.
set -eu
cat > direct.yaml << END
services:
  web:
    image: steiger/logbook:2.0
    environment: {LOGBOOK_PORT: "80", LOGBOOK_TITLE: "Harbour $LAB_TITLE"}
END
docker compose -f compose.yaml -f direct.yaml up -d
