#!/usr/bin/env bash
# The new version runs beside the old one, on another port.
set -eu

docker rm -f "$LAB_OFFICE"
docker rename "$LAB_OFFICE-old" "$LAB_OFFICE"
docker start "$LAB_OFFICE"
docker run -d --name "$LAB_OFFICE-2" -p 8080 -e "LOGBOOK_TITLE=Dock $LAB_DOCK" -v "$LAB_LEDGER:/data" \
  steiger/logbook:2.0
