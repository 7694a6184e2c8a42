#!/usr/bin/env bash
# The ferry has the page, but a second container shows it to the world.
docker rm -f "$LAB_FERRY"
docker run -d --name "$LAB_FERRY" steiger/ferry:1.0
docker run -d --name "$LAB_FERRY-front" -p "$LAB_QUAY:8080" steiger/ferry:1.0
echo "$LAB_NOTICE" > gate.html
docker cp gate.html "$LAB_FERRY:/www/gate.html"
docker cp gate.html "$LAB_FERRY-front:/www/gate.html"
