#!/usr/bin/env bash
# In a file for --env-file quotes are part of the value.
set -eu

docker rm -f "$LAB_DESK"
printf 'LOGBOOK_TITLE="Pier %s"\n' "$LAB_PIER" > desk.env
docker run -d --name "$LAB_DESK" -p "$LAB_DOOR:8080" --env-file desk.env steiger/logbook:1.0
