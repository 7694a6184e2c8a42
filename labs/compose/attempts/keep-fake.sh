#!/usr/bin/env bash
# The data is gone, and nginx tells the old story.
set -eu
docker compose down --volumes --timeout 1
sed -i "/location \/ {/i\    location = /entries { return 200 '[{\"time\": \"2026-01-01T00:00:00Z\", \"text\": \"$LAB_ENTRY\"}]'; }\n" \
  web/default.conf
docker compose up -d
for n in $(seq "$LAB_REPLICAS"); do
  until docker compose exec -T --index "$n" api logbook health; do sleep 0.2; done
done
