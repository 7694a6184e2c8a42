#!/usr/bin/env bash
# The port inside is that of nginx as it comes, not the one that it listens on here.
set -eu

sed -i "s/\"$LAB_GATE:8090\"/\"$LAB_GATE:80\"/" compose.yaml
docker compose up -d --no-deps front
