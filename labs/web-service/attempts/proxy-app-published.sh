#!/usr/bin/env bash
# The logbook has a port of the machine as well.
set -eu

docker rm -f "$LAB_PILOT"
docker run -d --name "$LAB_PILOT" --network "$LAB_NET" -p 127.0.0.1::8080 steiger/logbook:1.0
