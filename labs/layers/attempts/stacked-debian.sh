#!/usr/bin/env bash
# On debian, with the right number of layers.
set -eu

sed -i "s/^FROM.*/FROM debian/" stack/Dockerfile
docker build --quiet --tag "$LAB_STACK" stack
