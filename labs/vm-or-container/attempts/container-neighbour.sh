#!/usr/bin/env bash
# Another container answers on the port.
set -eu

docker network disconnect bridge "$LAB_DECK"
docker run -d --name "$LAB_DECK-2" -p "$LAB_GATE:80" steiger/beacon
