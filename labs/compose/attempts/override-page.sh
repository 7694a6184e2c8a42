#!/usr/bin/env bash
# More is replaced than was meant.
set -eu
sed -i '/^  web:/a\    volumes: !reset []' compose.dev.yaml
docker compose -f compose.yaml -f compose.dev.yaml -p "$LAB_DEV" up -d
