#!/usr/bin/env bash
# Flattened by export and import, and then as many layers as asked on top.
set -eu

docker create --name "$LAB_STACK" "$LAB_STACK"
docker export "$LAB_STACK" | docker import --change "ENV BERTH=$LAB_BERTH" - "$LAB_TRIAL:flat"
docker rm "$LAB_STACK"
{
  echo "FROM $LAB_TRIAL:flat"
  for number in $(seq "$LAB_HEIGHT"); do echo "RUN echo $number > /number"; done
} | docker build --quiet --tag "$LAB_STACK" -
