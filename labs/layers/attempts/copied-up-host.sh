#!/usr/bin/env bash
# The shell of the machine wrote the line, in a file of the machine.
set -eu

docker rm -f "$LAB_LIFT"

docker run --detach --name "$LAB_LIFT" "$LAB_HOLD:1" sleep 1000000
docker exec "$LAB_LIFT" echo "$LAB_MARK" >>ballast.bin
