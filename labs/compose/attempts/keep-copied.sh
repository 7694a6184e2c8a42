#!/usr/bin/env bash
# The entry of somebody else.
set -eu
docker compose down --volumes --timeout 1
docker compose up -d
until docker compose exec -T api logbook add "$OTHER_ENTRY"; do sleep 0.2; done
docker compose down --timeout 1
docker compose up -d
for n in $(seq "$LAB_REPLICAS"); do
  until docker compose exec -T --index "$n" api logbook health; do sleep 0.2; done
done
