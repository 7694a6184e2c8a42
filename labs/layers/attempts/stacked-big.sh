#!/usr/bin/env bash
# A big file came along.
set -eu

head -c 70000000 /dev/zero >stack/ballast
sed -i 's| /decks/$| ballast&|' stack/Dockerfile
docker build --quiet --tag "$LAB_STACK" stack
rm stack/ballast
