#!/usr/bin/env bash
# The port of the logbook, where nginx does not listen.
set -eu
sed -i "s/\"$LAB_GATE:80\"/\"$LAB_GATE:8080\"/" compose.yaml
docker compose up -d
