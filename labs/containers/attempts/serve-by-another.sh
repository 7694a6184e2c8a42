#!/usr/bin/env bash
# The right container without -p; another one serves on the port.
docker rm -f "$LAB_WEB"
docker run -d --name "$LAB_WEB" nginx
docker run -d --name "$LAB_WEB-front" -p "$LAB_DOOR:8080" steiger/ferry:1.0
