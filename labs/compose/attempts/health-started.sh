#!/usr/bin/env bash
# The short form of depends_on, written out.
set -eu
sed -i 's/service_healthy/service_started/' compose.yaml
docker compose up -d
for n in $(seq "$LAB_REPLICAS"); do
  until docker compose exec -T --index "$n" api logbook health; do sleep 0.2; done
done
