#!/usr/bin/env bash
# A copy of the file was changed.
set -eu

docker rm -f "$LAB_LIFT"

docker run --detach --name "$LAB_LIFT" "$LAB_HOLD:1" sleep 1000000
docker exec "$LAB_LIFT" sh -c "cp /hold/ballast.bin /hold/new.bin && echo $LAB_MARK >> /hold/new.bin"
