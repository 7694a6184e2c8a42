#!/usr/bin/env bash
# The port of somebody else.
set -eu
sed -i "s/\"$LAB_SIDE:80\"/\"$OTHER_SIDE:80\"/" compose.dev.yaml
docker compose -f compose.yaml -f compose.dev.yaml -p "$LAB_DEV" up -d
