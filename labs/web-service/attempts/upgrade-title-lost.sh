#!/usr/bin/env bash
# The settings of the old container were forgotten.
set -eu

docker rm -f "$LAB_OFFICE"
docker run -d --name "$LAB_OFFICE" -p "$LAB_COUNTER:8080" -v "$LAB_LEDGER:/data" steiger/logbook:2.0
