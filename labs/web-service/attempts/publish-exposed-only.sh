#!/usr/bin/env bash
# The port is exposed, not published.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" --expose "$LAB_DOOR" -e "LOGBOOK_TITLE=Pier $LAB_PIER" steiger/logbook:1.0
