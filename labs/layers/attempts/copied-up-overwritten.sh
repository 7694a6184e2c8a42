#!/usr/bin/env bash
# One > too few: the file was begun anew.
set -eu

docker rm -f "$LAB_LIFT"

docker run --detach --name "$LAB_LIFT" "$LAB_HOLD:1" sleep 1000000
docker exec "$LAB_LIFT" sh -c "echo $LAB_MARK > /hold/ballast.bin"
