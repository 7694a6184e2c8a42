#!/usr/bin/env bash
# The right image, under a tag of its own.
set -eu

docker tag "$LAB_STACK" "$LAB_STACK:1.0"
docker rmi "$LAB_STACK"
