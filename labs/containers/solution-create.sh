#!/usr/bin/env bash
# Create first, start later; copy instead of exec; change afterwards what can be changed.
docker create --name "$LAB_WEB-tmp" --publish "127.0.0.1:$LAB_DOOR:80" --restart always nginx
docker rename "$LAB_WEB-tmp" "$LAB_WEB"
docker container start "$LAB_WEB"

docker create --name "$LAB_FERRY" --publish "$LAB_QUAY:8080" steiger/ferry:1.0
echo "<p>$LAB_NOTICE</p>" > page.html
docker cp page.html "$LAB_FERRY:/www/gate.html"
docker start "$LAB_FERRY"

docker run -d --name "$LAB_JOB" busybox sh -c 'echo "$0" >&2; exit "$1"' "$LAB_STAMP" "$LAB_VERDICT"
docker wait "$LAB_JOB"

docker commit "$LAB_NIGHT" "$LAB_NIGHT-image"
docker run --rm "$LAB_NIGHT-image" sh -c 'cat /hold/*.txt' > cargo.txt
docker rmi "$LAB_NIGHT-image"

docker inspect "$LAB_NIGHT" | grep -o 'BERTH=[0-9]*' > berth.env
docker run -d --name "$LAB_RELIEF" --env-file berth.env debian sleep infinity

docker run -d --name "$LAB_PUMP" nginx
docker update --restart unless-stopped "$LAB_PUMP"

docker exec "$LAB_TUG" killall sleep

docker rm -f "$LAB_BUOY-1"
