#!/usr/bin/env bash
# More walls than one were opened.
set -eu

docker rm -f "$LAB_PORTHOLE"
docker run -d --name "$LAB_PORTHOLE" --pid host --network host --uts host busybox sleep infinity
