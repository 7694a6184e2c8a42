#!/usr/bin/env bash
# The way of the guide: docker run, exec, logs, inspect, cp, stop and rm.
docker run -d --name "$LAB_WEB" -p "$LAB_DOOR:80" nginx

docker run -d --name "$LAB_FERRY" -p "$LAB_QUAY:8080" steiger/ferry:1.0
docker exec "$LAB_FERRY" sh -c "echo 'gate closes at $LAB_NOTICE' > /www/gate.html"

docker run --name "$LAB_JOB" busybox sh -c "echo $LAB_STAMP; exit $LAB_VERDICT" || true

path=$(docker logs "$LAB_NIGHT" 2>&1 | sed -n 's/.*saved in //p' | head -n 1)
docker cp "$LAB_NIGHT:$path" cargo.txt

berth=$(docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' "$LAB_NIGHT" | sed -n 's/^BERTH=//p')
docker run -d --name "$LAB_RELIEF" -e "BERTH=$berth" steiger/ferry:1.0

docker run -d --name "$LAB_PUMP" --restart unless-stopped busybox sleep 86400

pid=$(docker exec "$LAB_TUG" ps | awk '$0 ~ "[s]leep '"$LAB_ROPE"'" { print $1 }')
docker exec "$LAB_TUG" kill "$pid"

docker stop -t 0 "$LAB_BUOY-1"
docker rm "$LAB_BUOY-1"
