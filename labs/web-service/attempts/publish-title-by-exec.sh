#!/usr/bin/env bash
# The variable is set afterwards, in a shell beside the application.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" -p "$LAB_DOOR:8080" steiger/logbook:1.0
docker exec "$LAB_DESK" sh -c "export LOGBOOK_TITLE='Pier $LAB_PIER'"
