#!/usr/bin/env bash
# Unpacked in the helper's layer, next to the volume.
set -eu

docker volume rm "$LAB_RESTORED"
docker run --rm -v "$LAB_RESTORED:/data" -v "$PWD:/backup:ro" busybox tar -xf /backup/rescue.tar
