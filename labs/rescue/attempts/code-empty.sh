#!/usr/bin/env bash
# A typing error in the path: Docker makes the folder, empty.
set -eu

sed -i 's|\./site:|./sites:|' compose.yaml
docker compose up -d --no-deps front
