#!/usr/bin/env bash
# The code for the radio in the environment.
set -eu

sed -i "s|^      PILOT_RADIO_FILE: .*|      PILOT_RADIO: $LAB_RADIO|" compose.yaml
docker compose up -d --no-deps pilot
