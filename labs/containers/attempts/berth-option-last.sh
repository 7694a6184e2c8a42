#!/usr/bin/env bash
docker rm -f "$LAB_RELIEF"
docker run -d --name "$LAB_RELIEF" busybox -e "BERTH=$LAB_BERTH" sleep 3600 || true
