#!/usr/bin/env bash
# Other options, create before start, connect afterwards, and all the broken ones made anew.
set -eu

docker create --name "$LAB_LIGHT" --health-interval "$((LAB_PULSE * 1000))ms" --health-timeout 5s \
  --health-cmd 'python3 -c "import urllib.request as u; u.urlopen(\"http://localhost:8080/health\", timeout=3)"' \
  steiger/logbook
docker start "$LAB_LIGHT"

printf 'LOGBOOK_TITLE=Pier %s\n' "$LAB_PIER" > desk.env
docker create --name "$LAB_DESK" --publish "0.0.0.0:$LAB_DOOR:8080/tcp" --env-file desk.env --hostname pier \
  --restart unless-stopped steiger/logbook:2.0
docker start "$LAB_DESK"

mkdir settings
printf '[logbook]\nmotto: %s\n' "$LAB_MOTTO" > settings/board.ini
docker run -d --name "$LAB_BOARD" -p "$LAB_GATE:80" -e LOGBOOK_PORT=80 --mount \
  "type=bind,src=$PWD/settings/board.ini,dst=/etc/logbook/logbook.ini,readonly" steiger/logbook:1.0

docker logs --tail 100 "$LAB_TOWER" > tower.log 2>&1
echo "page: \`$(grep -o '/safe-[0-9a-f]*.key' tower.log)\`" >> answers.txt

docker rm "$LAB_CRANE"
sed -i 's/logboek/logbook/; s/habour/harbour/' crane.ini
docker create --name "$LAB_CRANE" -p "127.0.0.1:$LAB_HOIST:8080" steiger/logbook:2.0
docker cp crane.ini "$LAB_CRANE:/etc/logbook/logbook.ini"
docker start "$LAB_CRANE"

docker network create --driver bridge --label lab=web-service "$LAB_NET"
docker create --name "$LAB_PILOT" steiger/logbook
docker network connect --alias pages "$LAB_NET" "$LAB_PILOT"
docker start "$LAB_PILOT"
cat > nginx.conf <<'NGINX'
events {}
http {
  upstream logbook { server pages:8080; }
  server { listen 8081; location / { proxy_pass http://logbook; } }
}
NGINX
docker create --name "$LAB_FRONT" -p "$LAB_ENTRANCE:8081" nginx
docker network connect "$LAB_NET" "$LAB_FRONT"
docker cp nginx.conf "$LAB_FRONT:/etc/nginx/nginx.conf"
docker start "$LAB_FRONT"

cpu=$(docker info --format '{{ .CPUCfsQuota }}')
[ "$cpu" = false ] || cpu='--cpu-period 50000 --cpu-quota 25000'
# shellcheck disable=SC2086 # two options, or none
docker run -d --name "$LAB_BARGE" ${cpu#false} --network none --pids-limit 500 nginx
docker update --memory "$((LAB_LOAD * 1024 * 1024))b" --memory-swap -1 --pids-limit "$LAB_CREW" "$LAB_BARGE"

docker volume create "$LAB_LEDGER"
docker rename "$LAB_OFFICE" "$LAB_OFFICE-1.0"
docker stop -t 5 "$LAB_OFFICE-1.0"
docker create --name "$LAB_OFFICE" -p "$LAB_COUNTER:8080" --env "LOGBOOK_TITLE=Dock $LAB_DOCK" \
  --mount "type=volume,src=$LAB_LEDGER,dst=/data" steiger/logbook
docker start "$LAB_OFFICE"
docker cp "$LAB_OFFICE-1.0:/data/entries.txt" old.txt
docker exec -i "$LAB_OFFICE" sh -c 'cat > /data/entries.txt' < old.txt
docker rm "$LAB_OFFICE-1.0"

until [ "$(docker inspect --format '{{ .State.Health.Status }}' "$LAB_LIGHT")" = healthy ]; do
  sleep 0.1
done
