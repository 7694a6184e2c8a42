#!/usr/bin/env bash
# A new container with a new volume; the old one was removed with its layer.
set -eu

docker rm -f "$LAB_OFFICE" "$LAB_OFFICE-old"
docker volume rm "$LAB_LEDGER"
docker run -d --name "$LAB_OFFICE" -p "$LAB_COUNTER:8080" -e "LOGBOOK_TITLE=Dock $LAB_DOCK" -v "$LAB_LEDGER:/data" \
  steiger/logbook:2.0
