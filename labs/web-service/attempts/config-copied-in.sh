#!/usr/bin/env bash
# The file was copied into the container.
set -eu

docker rm -f "$LAB_BOARD"
docker create --name "$LAB_BOARD" -p "$LAB_GATE:8080" steiger/logbook:1.0
docker cp logbook.ini "$LAB_BOARD:/etc/logbook/logbook.ini"
docker start "$LAB_BOARD"
