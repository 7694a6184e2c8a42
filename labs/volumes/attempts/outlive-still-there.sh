#!/usr/bin/env bash
# The writer was stopped, not removed.
set -eu

docker run --name "$LAB_LOG-writer" -v "$LAB_LOG:/log" busybox sh -c "echo $LAB_ENTRY > /log/entry.txt"
