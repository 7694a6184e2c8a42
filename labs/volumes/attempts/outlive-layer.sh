#!/usr/bin/env bash
# Written next to the mount point: it was lost with the container.
set -eu

docker volume rm "$LAB_LOG"
docker run --rm -v "$LAB_LOG:/log" busybox sh -c "echo $LAB_ENTRY > /entry.txt"
