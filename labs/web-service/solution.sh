#!/usr/bin/env bash
# The way of the guide: docker run, network create, logs, and a helper container that takes the data along.
set -eu

docker run -d --name "$LAB_LIGHT" --health-cmd 'logbook health' --health-interval "${LAB_PULSE}s" steiger/logbook:1.0

docker run -d --name "$LAB_DESK" -p "$LAB_DOOR:8080" -e "LOGBOOK_TITLE=Pier $LAB_PIER" steiger/logbook:1.0

sed -i "s/^motto = .*/motto = $LAB_MOTTO/" logbook.ini
docker run -d --name "$LAB_BOARD" -p "$LAB_GATE:8080" -v "$PWD/logbook.ini:/etc/logbook/logbook.ini:ro" \
  steiger/logbook:1.0

page=$(docker logs "$LAB_TOWER" 2>&1 | grep ' 404$' | grep -v favicon | sed 's/.*"GET \([^ ]*\) .*/\1/')
sed -i "s|^page =.*|page = $page|" answers.txt

sed -i 's/^\[logboek\]/[logbook]/; s/^habour/harbour/' crane.ini
docker start "$LAB_CRANE"

docker network create "$LAB_NET"
docker run -d --name "$LAB_PILOT" --network "$LAB_NET" steiger/logbook:1.0
sed -i "s/CHANGE-ME/$LAB_PILOT/" proxy.conf
docker run -d --name "$LAB_FRONT" --network "$LAB_NET" -p "$LAB_ENTRANCE:80" \
  -v "$PWD/proxy.conf:/etc/nginx/conf.d/default.conf:ro" nginx

docker run -d --name "$LAB_BARGE" --memory "${LAB_LOAD}m" --pids-limit "$LAB_CREW" steiger/logbook:1.0
# Half a processor, where the machine can give that: elsewhere the engine refuses.
if [ "$(docker info --format '{{.CPUCfsQuota}}')" = true ]; then docker update --cpus 0.5 "$LAB_BARGE"; fi

docker cp "$LAB_OFFICE:/data/entries.txt" .
docker run --rm -v "$LAB_LEDGER:/data" -v "$PWD/entries.txt:/old/entries.txt:ro" busybox \
  sh -c 'cp /old/entries.txt /data/ && chown -R 1000:1000 /data'
docker stop -t 5 "$LAB_OFFICE"
docker rename "$LAB_OFFICE" "$LAB_OFFICE-old"
docker run -d --name "$LAB_OFFICE" -p "$LAB_COUNTER:8080" -e "LOGBOOK_TITLE=Dock $LAB_DOCK" -v "$LAB_LEDGER:/data" \
  steiger/logbook:2.0

until [ "$(docker inspect --format '{{ .State.Health.Status }}' "$LAB_LIGHT")" = healthy ]; do
  sleep 0.1
done
