#!/usr/bin/env bash
# Looked at once, by hand.
set -eu

docker rm -f "$LAB_LIGHT"
docker run -d --name "$LAB_LIGHT" steiger/logbook:1.0
until docker exec "$LAB_LIGHT" logbook health; do sleep 0.1; done
