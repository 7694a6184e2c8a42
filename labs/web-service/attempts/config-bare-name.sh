#!/usr/bin/env bash
# A bare file name is the name of a volume.
set -eu

docker rm -f "$LAB_BOARD"
docker run -d --name "$LAB_BOARD" -p "$LAB_GATE:8080" -v logbook.ini:/etc/logbook/logbook.ini:ro steiger/logbook:1.0
