#!/usr/bin/env bash
# The settings are mounted over the program, so that nothing is left to run.
set -eu

sed -i 's|settings:/etc/logbook|settings:/opt/logbook|' compose.yaml
if docker compose up -d --no-deps logbook; then exit 1; fi
