#!/usr/bin/env bash
# The file is root's.
set -eu

docker compose exec -T --user root logbook chown root:root /data/entries.txt
