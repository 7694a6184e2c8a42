#!/usr/bin/env bash
# The second file says nothing about the title.
set -eu
sed -i '/^  api:/,$d' compose.dev.yaml
docker compose -f compose.yaml -f compose.dev.yaml -p "$LAB_DEV" up -d
