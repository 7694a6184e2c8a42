#!/usr/bin/env bash
# A port of the machine, which nobody has inside.
set -eu

docker rm -f "$LAB_LIGHT"
docker run -d --name "$LAB_LIGHT" --health-interval "${LAB_PULSE}s" --health-cmd \
  "bash -c '</dev/tcp/localhost/$LAB_DOOR'" \
  steiger/logbook:1.0
