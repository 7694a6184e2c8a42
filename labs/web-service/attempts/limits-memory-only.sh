#!/usr/bin/env bash
# One of the limits was forgotten.
set -eu

docker rm -f "$LAB_BARGE"
docker run -d --name "$LAB_BARGE" --memory "${LAB_LOAD}m" steiger/logbook:1.0
