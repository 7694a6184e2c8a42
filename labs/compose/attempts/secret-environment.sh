#!/usr/bin/env bash
# The password in the environment, where every tutorial has it.
set -eu
sed -i "s|MARIADB_PASSWORD_FILE: .*|MARIADB_PASSWORD: $LAB_PASSWORD|" compose.yaml
docker compose up -d
