#!/usr/bin/env bash
# The setting after the image's name: it is taken for the program to run.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" -p "$LAB_DOOR:8080" steiger/logbook:1.0 -e "LOGBOOK_TITLE=Pier $LAB_PIER" || true
