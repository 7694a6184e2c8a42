#!/usr/bin/env bash
# A folder of the machine where a volume should be.
set -eu

docker volume rm "$LAB_LOG"
docker run --rm -v "$PWD/$LAB_LOG:/log" busybox sh -c "echo $LAB_ENTRY > /log/entry.txt"
