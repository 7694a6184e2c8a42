#!/usr/bin/env bash
# The motto is on the page, but as its title.
set -eu

docker rm -f "$LAB_BOARD"
sed -i '/^motto/d' logbook.ini
docker run -d --name "$LAB_BOARD" -p "$LAB_GATE:8080" -e "LOGBOOK_TITLE=$LAB_MOTTO" \
  -v "$PWD/logbook.ini:/etc/logbook/logbook.ini:ro" steiger/logbook:1.0
