#!/usr/bin/env bash
docker rm -f "$LAB_FERRY"
docker run -d --name "$LAB_FERRY" -p "$LAB_QUAY:80" steiger/ferry:1.0
docker exec "$LAB_FERRY" sh -c "echo $LAB_NOTICE > /www/gate.html"
