#!/usr/bin/env bash
# The settings that gave the fault were left out, and their words put in the title.
set -eu

docker rm -f "$LAB_CRANE"
docker run -d --name "$LAB_CRANE" -p "$LAB_HOIST:8080" -e "LOGBOOK_TITLE=Hook $LAB_HOOK" steiger/logbook:1.0
