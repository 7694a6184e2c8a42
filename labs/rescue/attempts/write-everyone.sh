#!/usr/bin/env bash
# Permissions for everyone.
set -eu

docker compose exec -T --user root logbook chmod -R 777 /data
