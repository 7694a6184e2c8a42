#!/usr/bin/env bash
# A folder of the machine, where a volume was asked for.
set -eu
docker compose down --timeout 1
sed -i 's|- data:/var/lib/mysql|- ./data:/var/lib/mysql|' compose.yaml
docker compose up -d
for n in $(seq "$LAB_REPLICAS"); do
  until docker compose exec -T --index "$n" api logbook health; do sleep 0.2; done
done
