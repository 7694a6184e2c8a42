#!/usr/bin/env bash
# The test runs once, in the place of the application.
set -eu

docker rm -f "$LAB_LIGHT"
docker run -d --name "$LAB_LIGHT" --health-cmd 'logbook health' --health-interval "${LAB_PULSE}s" \
  steiger/logbook:1.0 logbook health
docker wait "$LAB_LIGHT"
