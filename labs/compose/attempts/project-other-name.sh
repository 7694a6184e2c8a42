#!/usr/bin/env bash
# The name of the folder instead of the name that was asked for.
set -eu
docker compose down --timeout 1
sed -i '/^name:/d' compose.yaml
docker compose -p "$LAB_PROJECT-compose" up -d
