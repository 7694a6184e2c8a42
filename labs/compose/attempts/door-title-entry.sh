#!/usr/bin/env bash
# The code is on the page, but in an entry; the title is left out.
set -eu
sed -i '/LOGBOOK_TITLE/d' compose.yaml
docker compose up -d
until docker compose exec -T api logbook add "Harbour $LAB_TITLE"; do sleep 0.2; done
