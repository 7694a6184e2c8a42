#!/usr/bin/env bash
# A second logbook where the proxy should be.
set -eu

docker rm -f "$LAB_FRONT"
docker run -d --name "$LAB_FRONT" --network "$LAB_NET" -p "$LAB_ENTRANCE:8080" steiger/logbook:1.0
