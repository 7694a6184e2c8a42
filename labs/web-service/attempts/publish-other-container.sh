#!/usr/bin/env bash
# Another container has the port; the one of the right name has none.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" -e "LOGBOOK_TITLE=Pier $LAB_PIER" steiger/logbook:1.0
docker run -d --name "$LAB_DESK-2" -p "$LAB_DOOR:8080" -e "LOGBOOK_TITLE=Pier $LAB_PIER" steiger/logbook:1.0
