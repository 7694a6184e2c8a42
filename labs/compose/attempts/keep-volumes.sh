#!/usr/bin/env bash
# One flag too many, and the volume is gone.
set -eu
docker compose down --volumes --timeout 1
docker compose up -d
for n in $(seq "$LAB_REPLICAS"); do
  until docker compose exec -T --index "$n" api logbook health; do sleep 0.2; done
done
