#!/usr/bin/env bash
# The image has no curl.
set -eu

docker rm -f "$LAB_LIGHT"
docker run -d --name "$LAB_LIGHT" --health-interval "${LAB_PULSE}s" --health-cmd \
  'curl -f http://localhost:8080/health' \
  steiger/logbook:1.0
until docker inspect --format '{{ len .State.Health.Log }}' "$LAB_LIGHT" | grep -q '[1-9]'; do sleep 0.1; done
