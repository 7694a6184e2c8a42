#!/usr/bin/env bash
# A third way: compose.yaml stays as it was found, an override file sets it right; pilot waits by itself.
set -eu

cat > compose.override.yaml <<YAML
services:
  front:
    expose: !reset []
    ports: !override ["$LAB_GATE:8090"]
    volumes: !override
      - ./site:/usr/share/nginx/html:ro
      - ./front:/etc/nginx/conf.d:ro
    networks: !override
      quay:
      hold:
    depends_on: !override [logbook]
  logbook:
    user: !reset null
    ports: !reset []
    volumes: !override
      - ./settings/logbook.ini:/etc/logbook/logbook.ini:ro
      - entries:/data
    networks: !override
      hold: {aliases: [books]}
  tide:
    healthcheck: !reset null
  pilot:
    depends_on: !override [tide]
    command:
      - sh
      - -c
      - until wget -q -O /dev/null -T 1 http://tide:8080/level; do sleep 0.2; done; exec pilot
YAML
# shellcheck disable=SC2016 # $logbook is a variable of nginx
sed -i -e 's|listen .*|listen 8090;|' -e 's|set \$logbook .*|set $logbook http://books:8080;|' front/default.conf
docker compose rm -sf logbook front
docker run --rm -v "${LAB_PROJECT}_entries:/data" --user 0 steiger/tide:1.0 chown 1000 /data/entries.txt
docker compose up -d

for _ in $(seq 50); do
  docker compose exec -T logbook logbook health && break
  sleep 0.1
done
docker compose exec -T logbook logbook add "All is well, $LAB_SIGN"
for _ in $(seq 100); do
  docker compose exec -T pilot test -s /tmp/duty && break
  sleep 0.1
done
