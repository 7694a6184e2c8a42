#!/usr/bin/env bash
# The port of somebody else.
set -eu
sed -i "s/\"$LAB_GATE:80\"/\"$OTHER_GATE:80\"/" compose.yaml
docker compose up -d
