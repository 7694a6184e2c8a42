#!/usr/bin/env bash
# The newer image was pulled, the old container restarted.
set -eu

docker rm -f "$LAB_OFFICE"
docker pull --quiet steiger/logbook:2.0
docker rename "$LAB_OFFICE-old" "$LAB_OFFICE"
docker restart "$LAB_OFFICE"
