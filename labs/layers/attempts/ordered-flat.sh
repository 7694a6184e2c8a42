#!/usr/bin/env bash
# The second version was flattened.
set -eu

docker create --name "$LAB_FERRY" "$LAB_FERRY:2"
docker export "$LAB_FERRY" | docker import - "$LAB_FERRY:2"
docker rm "$LAB_FERRY"
