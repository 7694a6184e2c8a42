#!/usr/bin/env bash
# Another way: the project is taken down, its volume stays, and all of it is written anew; one network, a restart policy.
set -eu

docker compose down -t 0
docker run --rm -v "${LAB_PROJECT}_entries:/data" --user 0 steiger/logbook:2.0 chown -R 1000:1000 /data

cat > compose.yaml <<YAML
name: $LAB_PROJECT
services:
  front:
    image: nginx
    ports:
      - {target: 80, published: "$LAB_GATE", host_ip: 127.0.0.1}
    volumes:
      - {type: bind, source: ./site, target: /usr/share/nginx/html, read_only: true}
      - {type: bind, source: ./front/new.conf, target: /etc/nginx/conf.d/default.conf, read_only: true}
    depends_on:
      logbook: {condition: service_healthy}
  logbook:
    image: steiger/logbook:2.0
    read_only: true
    cap_drop: [ALL]
    volumes:
      - {type: volume, source: kept, target: /data}
    configs:
      - {source: settings, target: /etc/logbook/logbook.ini}
    healthcheck: {test: logbook health, interval: 1s, retries: 20}
  tide:
    image: steiger/tide:1.0
    environment: ["TIDE_LEVEL=$LAB_LEVEL"]
  pilot:
    image: steiger/pilot:1.0
    secrets: [radio]
    restart: on-failure
volumes:
  kept: {name: "${LAB_PROJECT}_entries", external: true}
configs:
  settings: {file: ./settings/logbook.ini}
secrets:
  radio: {file: ./radio.txt}
YAML
cat > front/new.conf <<'NGINX'
upstream books {
    server logbook:8080;
}
server {
    listen 80;
    root /usr/share/nginx/html;
    location /log/ {
        proxy_pass http://books/;
    }
}
NGINX
docker compose up -d

for _ in $(seq 50); do
  curl -fs "http://127.0.0.1:$LAB_GATE/log/health" && break
  sleep 0.1
done
curl -fsS -d "$LAB_SIGN: open again" "http://127.0.0.1:$LAB_GATE/log/entries"
# The policy tries again, later each time, until tide is ready.
for _ in $(seq 100); do
  docker compose exec -T pilot test -s /tmp/duty && break
  sleep 0.1
done
