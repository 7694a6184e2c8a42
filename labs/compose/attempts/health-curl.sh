#!/usr/bin/env bash
# A check from the world of web servers, with a program that this image does not have.
set -eu
cat > check.yaml << END
services:
  db:
    healthcheck: {test: "curl --fail http://localhost:3306", retries: 1}
END
docker compose -f compose.yaml -f check.yaml up -d --no-deps db
until [ "$(docker inspect --format '{{ .State.Health.Status }}' "$LAB_PROJECT-db-1")" = unhealthy ]; do sleep 0.2; done
until docker compose exec -T api logbook health; do sleep 0.2; done
