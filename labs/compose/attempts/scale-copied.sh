#!/usr/bin/env bash
# As many as somebody else.
set -eu
docker compose up -d --scale api="$OTHER_REPLICAS"
