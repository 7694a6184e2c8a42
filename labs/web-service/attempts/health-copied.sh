#!/usr/bin/env bash
# The rhythm of another student.
set -eu

docker rm -f "$LAB_LIGHT"
docker run -d --name "$LAB_LIGHT" --health-cmd 'logbook health' --health-interval "${OTHER_PULSE}s" steiger/logbook:1.0
