#!/usr/bin/env bash
# A file of that name, in a container of another image.
set -eu

docker rm -f "$LAB_LIFT"
docker run --detach --name "$LAB_LIFT" busybox sh -c "mkdir /hold
  head -c $((LAB_BALLAST * 2 * 1024 * 1024)) /dev/zero > /hold/ballast.bin && echo $LAB_MARK >> /hold/ballast.bin; sleep 1000000"
until docker exec "$LAB_LIFT" tail -c 20 /hold/ballast.bin | grep -q "$LAB_MARK"; do sleep 0.1; done
