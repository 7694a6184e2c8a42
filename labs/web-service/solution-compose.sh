#!/usr/bin/env bash
# Everything new in one Compose file; the data of the office through its service, stopped first.
set -eu

mkdir conf
printf '[logbook]\nharbour = Europoort\nmotto = "%s, full ahead"\n' "$LAB_MOTTO" > conf/logbook.ini
printf 'server { listen 8000; location / { proxy_pass http://logbook:8080; } }\n' > nginx.conf
echo "LOGBOOK_TITLE=Dock $LAB_DOCK" > office.env

limits="mem_limit: ${LAB_LOAD}m"
if docker info --format '{{ .CPUCfsQuota }}' | grep -q true; then
  limits="$limits
    cpus: 0.5"
fi

cat > compose.yml <<YAML
services:
  light:
    image: steiger/logbook:2.0
    container_name: $LAB_LIGHT
    healthcheck: {test: [CMD, logbook, health], interval: ${LAB_PULSE}s, timeout: 5s, retries: 2}
  desk:
    image: steiger/logbook
    container_name: $LAB_DESK
    environment: {LOGBOOK_TITLE: "Pier $LAB_PIER", LOGBOOK_PORT: "9000"}
    ports: ["127.0.0.1:$LAB_DOOR:9000"]
  board:
    image: steiger/logbook
    container_name: $LAB_BOARD
    ports: ["$LAB_GATE:8080"]
    volumes: ["./conf:/etc/logbook:ro"]
  pilot:
    image: steiger/logbook
    container_name: $LAB_PILOT
    networks: {harbour: {aliases: [logbook]}}
  front:
    image: nginx
    container_name: $LAB_FRONT
    depends_on: [pilot]
    networks: [default, harbour]
    ports: ["$LAB_ENTRANCE:8000"]
    volumes: ["./nginx.conf:/etc/nginx/conf.d/default.conf:ro"]
  barge:
    image: busybox
    container_name: $LAB_BARGE
    command: sleep infinity
    network_mode: none
    pids_limit: $LAB_CREW
    $limits
  office:
    image: steiger/logbook:2.0
    container_name: $LAB_OFFICE
    env_file: office.env
    ports: ["$LAB_COUNTER:8080"]
    volumes: ["ledger:/data"]
    profiles: [later]
networks:
  harbour: {name: "$LAB_NET", internal: true}
volumes:
  ledger: {name: "$LAB_LEDGER"}
YAML
docker compose up -d --quiet-pull

echo "Page: $(docker logs "$LAB_TOWER" | awk '$NF == 404 && $3 !~ /icon/ { print $3 }')" > answers.txt

printf '[logbook]\nharbour = Hook %s\n' "$LAB_HOOK" > crane.ini
docker restart "$LAB_CRANE"

docker stop -t 5 "$LAB_OFFICE"
docker run --rm --user 1000 -v "$LAB_LEDGER:/data" steiger/logbook:2.0 true
docker cp "$LAB_OFFICE:/data" - | docker run --rm -i -v "$LAB_LEDGER:/new/data" busybox tar -x -C /new
docker rm "$LAB_OFFICE"
docker compose --profile later up -d --no-recreate office

until [ "$(docker inspect --format '{{ .State.Health.Status }}' "$LAB_LIGHT")" = healthy ]; do
  sleep 0.1
done
