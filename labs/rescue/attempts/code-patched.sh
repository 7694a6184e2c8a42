#!/usr/bin/env bash
# The volume stays, with the new program copied into it: right until the next version.
set -eu

sed -i -e 's|^      - entries:/data$|&\n      - program:/opt/logbook|' -e 's/^  entries:$/&\n  program:/' compose.yaml
docker compose up -d --no-deps logbook
