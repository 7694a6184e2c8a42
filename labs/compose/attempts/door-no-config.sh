#!/usr/bin/env bash
# The configuration lies in the folder, and nobody gave it to nginx.
set -eu
sed -i '/^  web:/,/^  api:/ { /volumes:/d; /default.conf/d }' compose.yaml
docker compose up -d
