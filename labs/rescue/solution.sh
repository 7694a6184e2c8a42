#!/usr/bin/env bash
# The way of the guide: each fault repaired where it is, with as little change as can be.
set -eu

case $LAB_FAULT_REACH in
  swapped) sed -i "s/\"8090:$LAB_GATE\"/\"$LAB_GATE:8090\"/" compose.yaml ;;
  exposed) sed -i "s/expose:/ports:/; s/\"$LAB_GATE\"/\"$LAB_GATE:8090\"/" compose.yaml ;;
  loopback) sed -i 's/listen 127.0.0.1:/listen /' front/default.conf ;;
esac

case $LAB_FAULT_CODE in
  stale) sed -i '/program:/d' compose.yaml ;;
  hidden) sed -i 's|settings:/opt/logbook|settings:/etc/logbook|' compose.yaml ;;
  empty) sed -i 's|\./sites:|./site:|' compose.yaml && rmdir sites ;;
esac

case $LAB_FAULT_TALK in
  apart) sed -i 's/^      - quay$/&\n      - hold/' compose.yaml ;;
  localhost) sed -i 's|//localhost:8080|//logbook:8080|' front/default.conf ;;
  published) sed -i "s|//logbook:$LAB_HATCH|//logbook:8080|" front/default.conf ;;
esac

case $LAB_FAULT_ORDER in
  bare)
    sed -i -e '/^      TIDE_LEVEL:/r /dev/stdin' -e 's/^      - tide$/      tide:\n        condition: service_healthy/' \
      compose.yaml <<'YAML'
    healthcheck:
      test: ["CMD", "tide", "ready"]
      interval: 1s
      timeout: 2s
      retries: 5
YAML
    ;;
  eager | blind) sed -i 's/^      test: .*/      test: ["CMD", "tide", "ready"]/' compose.yaml ;;
esac

case $LAB_FAULT_WRITE in
  owner) docker compose run --rm -T --no-deps --user root logbook chown logbook:logbook /data/entries.txt ;;
  user) sed -i '/user: "1001"/d' compose.yaml ;;
  readonly) sed -i 's|entries:/data:ro|entries:/data|' compose.yaml ;;
esac

sed -i "/^  logbook:/,/^  tide:/ { /ports:/d; /quick test/d; /$LAB_HATCH:8080/d }" compose.yaml

docker compose up -d
docker compose restart front
if [ "$LAB_FAULT_CODE" = stale ]; then docker volume rm "${LAB_PROJECT}_program"; fi

# The doors open a moment after the containers start.
for _ in $(seq 50); do
  curl -fs "http://localhost:$LAB_GATE/log/health" && break
  sleep 0.1
done
curl -fsS -d "Repaired, signed $LAB_SIGN" "http://localhost:$LAB_GATE/log/entries"
