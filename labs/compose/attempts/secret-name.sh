#!/usr/bin/env bash
# The name of the file on the machine, which is not that of the secret.
set -eu
sed -i 's|MARIADB_PASSWORD_FILE: .*|MARIADB_PASSWORD_FILE: /run/secrets/password.txt|' compose.yaml
docker compose up -d
