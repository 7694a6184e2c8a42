#!/usr/bin/env bash
# The archive was copied, not unpacked.
set -eu

docker volume rm "$LAB_RESTORED"
docker run --rm -v "$LAB_RESTORED:/data" -v "$PWD:/backup:ro" busybox cp /backup/rescue.tar /data/
