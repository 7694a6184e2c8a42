#!/usr/bin/env bash
# A container like any other.
set -eu

docker rm -f "$LAB_PORTHOLE"
docker run -d --name "$LAB_PORTHOLE" busybox sleep infinity
