#!/usr/bin/env bash
# The two sides of the port, the wrong way round.
set -eu

sed -i "s/\"$LAB_GATE:8090\"/\"8090:$LAB_GATE\"/" compose.yaml
docker compose up -d --no-deps front
