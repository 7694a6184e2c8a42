#!/usr/bin/env bash
# The title of another student.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" -p "$LAB_DOOR:8080" -e "LOGBOOK_TITLE=Pier $OTHER_PIER" steiger/logbook:1.0
