#!/usr/bin/env bash
# The volume comes about by itself with docker run, so without a label.
set -eu

docker volume rm "$LAB_VOL"
docker run --rm -v "$LAB_VOL:/data" busybox sh -c "echo owner=$LAB_OWNER > /data/label"
