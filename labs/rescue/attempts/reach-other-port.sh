#!/usr/bin/env bash
# The port of another student.
set -eu

sed -i "s/\"$LAB_GATE:8090\"/\"$OTHER_GATE:8090\"/" compose.yaml
docker compose up -d --no-deps front
