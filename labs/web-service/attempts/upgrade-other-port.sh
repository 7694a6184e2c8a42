#!/usr/bin/env bash
# The new version on another port, as the old one had the right one.
set -eu

docker rm -f "$LAB_OFFICE"
docker run -d --name "$LAB_OFFICE" -p 8080 -e "LOGBOOK_TITLE=Dock $LAB_DOCK" -v "$LAB_LEDGER:/data" \
  steiger/logbook:2.0
