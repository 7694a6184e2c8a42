#!/usr/bin/env bash
# The application was told to listen on the student's port, inside.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" -p "$LAB_DOOR:8080" -e "LOGBOOK_TITLE=Pier $LAB_PIER" -e "LOGBOOK_PORT=$LAB_DOOR" \
  steiger/logbook:1.0
