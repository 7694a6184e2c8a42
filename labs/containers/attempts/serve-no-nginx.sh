#!/usr/bin/env bash
# Another server with nginx's words on its page.
docker rm -f "$LAB_WEB"
docker run -d --name "$LAB_WEB" -p "$LAB_DOOR:80" busybox \
  sh -c 'echo "Welcome to nginx!" > /tmp/index.html; exec httpd -f -p 80 -h /tmp'
