#!/usr/bin/env bash
# A folder of that name where a volume should be.
set -eu

docker volume rm "$LAB_VOL"
mkdir "$LAB_VOL"
echo "owner=$LAB_OWNER" > "$LAB_VOL/label"
