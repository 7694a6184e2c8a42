#!/usr/bin/env bash
# The container may write in the file.
set -eu

docker rm -f "$LAB_BOARD"
docker run -d --name "$LAB_BOARD" -p "$LAB_GATE:8080" -v "$PWD/logbook.ini:/etc/logbook/logbook.ini" steiger/logbook:1.0
