#!/usr/bin/env bash
# A volume of the right name with nothing in it; the treasure is still with the wreck.
set -eu

docker volume rm "$LAB_VAULT"
docker volume create "$LAB_VAULT"
docker run --name "$LAB_WRECK" --mount "type=volume,dst=/data,volume-label=nl.steiger.wreck=$LAB_WRECK" busybox \
  sh -c "echo $LAB_TREASURE > /data/treasure.txt"
