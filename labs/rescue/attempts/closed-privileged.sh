#!/usr/bin/env bash
# Every right that there is, in the hope that it helps.
set -eu

sed -i 's|^    image: steiger/pilot.*|&\n    privileged: true|' compose.yaml
docker compose up -d --no-deps pilot
