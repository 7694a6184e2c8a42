#!/usr/bin/env bash
set -eu
docker compose down --timeout 1
sed -i '/internal: true/d' compose.yaml
docker compose up -d
for n in $(seq "$LAB_REPLICAS"); do
  until docker compose exec -T --index "$n" api logbook health; do sleep 0.2; done
done
