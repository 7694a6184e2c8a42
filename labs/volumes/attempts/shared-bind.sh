#!/usr/bin/env bash
# A folder of the machine where the volume should be.
set -eu

docker rm -f "$LAB_SENDER"
mkdir "$LAB_BOX"
docker run -d --name "$LAB_SENDER" -v "$PWD/$LAB_BOX:/out" busybox \
  sh -c "echo $LAB_MESSAGE > /out/message.txt; exec sleep infinity"
