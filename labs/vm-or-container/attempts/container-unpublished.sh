#!/usr/bin/env bash
# A new container, without a published port; the number of its process is another one.
set -eu

docker rm -f "$LAB_DECK"
docker run -d --name "$LAB_DECK" --expose "$LAB_GATE" steiger/beacon
