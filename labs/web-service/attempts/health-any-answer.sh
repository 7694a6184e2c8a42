#!/usr/bin/env bash
# Any answer will do, also that it is ill.
set -eu

docker rm -f "$LAB_LIGHT"
ask='import http.client as h; c = h.HTTPConnection("localhost:8080"); c.request("GET", "/health"); c.getresponse()'
docker run -d --name "$LAB_LIGHT" --health-interval "${LAB_PULSE}s" --health-cmd "python3 -c '$ask'" steiger/logbook:1.0
until [ "$(docker inspect --format '{{ .State.Health.Status }}' "$LAB_LIGHT")" = healthy ]; do sleep 0.1; done
