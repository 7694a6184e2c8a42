#!/usr/bin/env bash
# The helper's file is root's: the logbook may not write in it.
set -eu

docker rm -f "$LAB_OFFICE"
docker run --rm -v "$LAB_LEDGER:/data" busybox chown root:root /data/entries.txt
docker run -d --name "$LAB_OFFICE" -p "$LAB_COUNTER:8080" -e "LOGBOOK_TITLE=Dock $LAB_DOCK" -v "$LAB_LEDGER:/data" \
  steiger/logbook:2.0
docker wait "$LAB_OFFICE"
