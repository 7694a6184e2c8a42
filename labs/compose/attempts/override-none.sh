#!/usr/bin/env bash
set -eu
docker compose -f compose.yaml -f compose.dev.yaml -p "$LAB_DEV" down --volumes --timeout 1
