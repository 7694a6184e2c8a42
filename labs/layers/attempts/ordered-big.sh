#!/usr/bin/env bash
# A big file went along with the application.
set -eu

head -c 70000000 /dev/zero >ferry/app/ballast
docker build --quiet --tag "$LAB_FERRY:2" ferry
rm ferry/app/ballast
