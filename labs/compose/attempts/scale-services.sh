#!/usr/bin/env bash
# Two services with a name each, instead of copies of one.
set -eu
sed -i '/deploy:/,/replicas:/d' compose.yaml
cat > second.yaml << END
services:
  api2: {extends: {file: compose.yaml, service: api}}
END
docker compose -f compose.yaml -f second.yaml up -d
