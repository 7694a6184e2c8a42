#!/usr/bin/env bash
# The student's port on both sides of the colon.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" -p "$LAB_DOOR:$LAB_DOOR" -e "LOGBOOK_TITLE=Pier $LAB_PIER" steiger/logbook:1.0
