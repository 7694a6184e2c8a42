#!/usr/bin/env bash
# With a volume on /hold, nothing is copied to the layer.
set -eu

docker rm -f "$LAB_LIFT"

docker run --detach --name "$LAB_LIFT" --volume "$LAB_LIFT:/hold" "$LAB_HOLD:1" sleep 1000000
docker exec "$LAB_LIFT" sh -c "echo $LAB_MARK >> /hold/ballast.bin"
