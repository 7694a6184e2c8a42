#!/usr/bin/env bash
# The code of another student.
set -eu

docker run --rm -v "$LAB_LOG:/log" busybox sh -c "echo $OTHER_ENTRY > /log/entry.txt"
