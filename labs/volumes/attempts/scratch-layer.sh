#!/usr/bin/env bash
# An ordinary folder in the container's layer.
set -eu

docker rm -f "$LAB_DESK"
docker run -d --name "$LAB_DESK" busybox sh -c 'mkdir /scratch; exec sleep infinity'
