#!/usr/bin/env bash
# A reservation is no limit.
set -eu

docker rm -f "$LAB_BARGE"
docker run -d --name "$LAB_BARGE" --memory-reservation "${LAB_LOAD}m" --pids-limit "$LAB_CREW" steiger/logbook:1.0
