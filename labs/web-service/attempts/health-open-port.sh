#!/usr/bin/env bash
# The port is open: that says nothing about the logbook behind it.
set -eu

docker rm -f "$LAB_LIGHT"
docker run -d --name "$LAB_LIGHT" --health-interval "${LAB_PULSE}s" --health-cmd \
  "bash -c '</dev/tcp/localhost/8080'" \
  steiger/logbook:1.0
until [ "$(docker inspect --format '{{ .State.Health.Status }}' "$LAB_LIGHT")" = healthy ]; do sleep 0.1; done
