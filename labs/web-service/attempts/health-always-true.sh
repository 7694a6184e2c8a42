#!/usr/bin/env bash
# A test that always says yes.
set -eu

docker rm -f "$LAB_LIGHT"
docker run -d --name "$LAB_LIGHT" --health-interval "${LAB_PULSE}s" --health-cmd \
  'exit 0' \
  steiger/logbook:1.0
until [ "$(docker inspect --format '{{ .State.Health.Status }}' "$LAB_LIGHT")" = healthy ]; do sleep 0.1; done
