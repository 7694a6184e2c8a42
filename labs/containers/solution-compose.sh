#!/usr/bin/env bash
# All new containers in one Compose file, the page as a bind mount, the file out of an export.
berth=$(docker inspect -f '{{json .Config.Env}}' "$LAB_NIGHT" | grep -o 'BERTH=[0-9]*')
echo "$LAB_NOTICE" > gate.html
cat > compose.yml <<END
services:
  web:
    container_name: $LAB_WEB
    image: nginx
    ports: ["$LAB_DOOR:80"]
  ferry:
    container_name: $LAB_FERRY
    image: steiger/ferry:1.0
    ports: ["$LAB_QUAY:8080"]
    volumes: ["./gate.html:/www/gate.html:ro"]
  job:
    container_name: $LAB_JOB
    image: busybox
    command: sh -c 'echo stamp $LAB_STAMP; exit $LAB_VERDICT'
  relief:
    container_name: $LAB_RELIEF
    image: busybox
    command: sleep 86400
    environment: ["$berth"]
  pump:
    container_name: $LAB_PUMP
    image: steiger/ferry:1.0
    restart: unless-stopped
END
docker compose up -d
docker export "$LAB_NIGHT" | tar -xO --wildcards 'hold/*.txt' > cargo.txt
docker exec "$LAB_TUG" sh -c "kill -9 \$(pidof sleep)"
docker container kill "$LAB_BUOY-1"
docker container rm "$LAB_BUOY-1"
