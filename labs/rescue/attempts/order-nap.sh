#!/usr/bin/env bash
# A fixed time to sleep.
set -eu

sed -i -e '/^      tide:$/d' -e 's/^        condition: service_healthy$/      - tide/' \
  -e 's|^    image: steiger/pilot.*|&\n    command: sh -c "sleep 1 \&\& exec pilot"|' compose.yaml
docker compose up -d --no-deps pilot
