#!/usr/bin/env bash
# Two volumes with the same file: a copy is not shared.
set -eu

docker rm -f "$LAB_READER"
docker run -d --name "$LAB_READER" -v "$LAB_BOX-2:/in" busybox \
  sh -c "echo $LAB_MESSAGE > /in/message.txt; exec sleep infinity"
