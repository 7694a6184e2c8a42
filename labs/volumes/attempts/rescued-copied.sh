#!/usr/bin/env bash
# The treasure of another student.
set -eu

docker run --rm -v "$LAB_VAULT:/vault" busybox sh -c "echo gold, silver and $OTHER_TREASURE > /vault/treasure.txt"
