#!/usr/bin/env bash
# The entries were copied into the layer of the new container.
set -eu

docker rm -f "$LAB_OFFICE"
docker run -d --name "$LAB_OFFICE" -p "$LAB_COUNTER:8080" -e "LOGBOOK_TITLE=Dock $LAB_DOCK" steiger/logbook:2.0
docker cp entries.txt "$LAB_OFFICE:/data/entries.txt"
docker exec --user root "$LAB_OFFICE" chown logbook:logbook /data/entries.txt
