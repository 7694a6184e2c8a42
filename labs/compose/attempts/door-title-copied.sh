#!/usr/bin/env bash
set -eu
sed -i "s/LOGBOOK_TITLE: .*/LOGBOOK_TITLE: Harbour $OTHER_TITLE/" compose.yaml
docker compose up -d
