#!/usr/bin/env bash
# The page is on the host: the > was carried out there.
docker rm -f "$LAB_FERRY"
docker run -d --name "$LAB_FERRY" -p "$LAB_QUAY:8080" steiger/ferry:1.0
docker exec "$LAB_FERRY" echo "$LAB_NOTICE" > gate.html
