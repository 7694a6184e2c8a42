#!/usr/bin/env bash
# The seconds were given to the timeout; the rhythm is still that of Docker.
set -eu

docker rm -f "$LAB_LIGHT"
docker run -d --name "$LAB_LIGHT" --health-cmd 'logbook health' --health-timeout "${LAB_PULSE}s" steiger/logbook:1.0
