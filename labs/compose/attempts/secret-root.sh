#!/usr/bin/env bash
# One password is out of sight, that of root is not.
set -eu
sed -i 's|MARIADB_RANDOM_ROOT_PASSWORD: .*|MARIADB_ROOT_PASSWORD: captain|' compose.yaml
docker compose up -d
