#!/usr/bin/env bash
# A slip in the path: Docker makes a folder there.
set -eu

docker rm -f "$LAB_BOARD"
docker run -d --name "$LAB_BOARD" -p "$LAB_GATE:8080" -v "$PWD/logboek.ini:/etc/logbook/logbook.ini:ro" \
  steiger/logbook:1.0
