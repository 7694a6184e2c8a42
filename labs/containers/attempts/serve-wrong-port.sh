#!/usr/bin/env bash
docker rm -f "$LAB_WEB"
docker run -d --name "$LAB_WEB" -p "$LAB_DOOR:8080" nginx
