#!/usr/bin/env bash
# The port of nginx, not of the logbook, on the right.
set -eu

docker rm -f "$LAB_BOARD"
docker run -d --name "$LAB_BOARD" -p "$LAB_GATE:80" -v "$PWD/logbook.ini:/etc/logbook/logbook.ini:ro" \
  steiger/logbook:1.0
