#!/usr/bin/env bash
# The code of another student.
set -eu

docker rm -f "$LAB_LIFT"

docker run --detach --name "$LAB_LIFT" "$LAB_HOLD:1" sleep 1000000
docker exec "$LAB_LIFT" sh -c "echo $OTHER_MARK >> /hold/ballast.bin"
