#!/usr/bin/env bash
# To look into the database with a program of the machine.
set -eu
docker compose down --timeout 1
sed -i -e '/^  db:/a\    ports: ["127.0.0.1::3306"]' -e '/internal: true/d' compose.yaml
docker compose up -d
for n in $(seq "$LAB_REPLICAS"); do
  until docker compose exec -T --index "$n" api logbook health; do sleep 0.2; done
done
