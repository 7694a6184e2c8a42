#!/usr/bin/env bash
# The right image, under another name.
set -eu

docker tag "$LAB_BEACON" "$LAB_TRIAL:beacon"
docker rmi "$LAB_BEACON"
