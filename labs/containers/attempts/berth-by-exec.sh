#!/usr/bin/env bash
# The variable lives on the host and in one exec, not in the container.
docker rm -f "$LAB_RELIEF"
export BERTH=$LAB_BERTH
docker run -d --name "$LAB_RELIEF" -e FERRY_VERSION=1.0 steiger/ferry:1.0
docker exec -e BERTH="$LAB_BERTH" "$LAB_RELIEF" env
