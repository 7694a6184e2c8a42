#!/usr/bin/env bash
# The wreck was removed without its volume.
set -eu

docker create --name "$LAB_WRECK" --mount "type=volume,dst=/data,volume-label=nl.steiger.wreck=$LAB_WRECK" busybox true
docker rm "$LAB_WRECK"
