#!/usr/bin/env bash
# The label of another student.
set -eu

docker volume rm "$LAB_VOL"
docker volume create --label "owner=$OTHER_OWNER" "$LAB_VOL"
