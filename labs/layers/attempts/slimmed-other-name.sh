#!/usr/bin/env bash
# The right image, under another name.
set -eu

docker tag "$LAB_MILL" "$LAB_TRIAL:mill"
docker rmi "$LAB_MILL"
