#!/usr/bin/env bash
# The two sides of the colon are swapped.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" -p "8080:$LAB_DOOR" -e "LOGBOOK_TITLE=Pier $LAB_PIER" steiger/logbook:1.0
