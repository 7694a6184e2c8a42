#!/usr/bin/env bash
# A container that is always healthy, for there is nothing in it.
set -eu

docker rm -f "$LAB_LIGHT"
docker run -d --name "$LAB_LIGHT" --health-cmd true --health-interval "${LAB_PULSE}s" busybox sleep infinity
until [ "$(docker inspect --format '{{ .State.Health.Status }}' "$LAB_LIGHT")" = healthy ]; do sleep 0.1; done
