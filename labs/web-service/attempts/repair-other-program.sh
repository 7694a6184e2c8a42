#!/usr/bin/env bash
# Another program, which needs no settings, with the right words on its page.
set -eu

docker rm -f "$LAB_CRANE"
docker run -d --name "$LAB_CRANE" -p "$LAB_HOIST:8080" busybox \
  sh -c "mkdir /www; echo 'logbook 1.0 · Hook $LAB_HOOK' > /www/index.html; exec httpd -f -p 8080 -h /www"
