#!/usr/bin/env bash
# The right volume under another name.
set -eu

docker volume rm "$LAB_VOL"
docker volume create --label "owner=$LAB_OWNER" "$LAB_VOL-1"
