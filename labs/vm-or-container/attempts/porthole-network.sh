#!/usr/bin/env bash
# Another wall was opened.
set -eu

docker rm -f "$LAB_PORTHOLE"
docker run -d --name "$LAB_PORTHOLE" --network host busybox sleep infinity
