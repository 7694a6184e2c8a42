#!/usr/bin/env bash
# The limits as variables, which nobody reads, and as a ulimit.
set -eu

docker rm -f "$LAB_BARGE"
docker run -d --name "$LAB_BARGE" -e "MEMORY=${LAB_LOAD}m" -e "PIDS_LIMIT=$LAB_CREW" --ulimit "nproc=$LAB_CREW" \
  steiger/logbook:1.0
