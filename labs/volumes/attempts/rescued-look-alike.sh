#!/usr/bin/env bash
# Kept under another name, and then thrown away.
set -eu

docker run --rm -v "$LAB_VAULT:/from" -v "$LAB_VAULT-2:/to" busybox cp /from/treasure.txt /to/
docker volume rm "$LAB_VAULT"
