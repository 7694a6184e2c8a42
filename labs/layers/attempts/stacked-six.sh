#!/usr/bin/env bash
# A COPY for each of the six files.
set -eu

{
  printf 'FROM busybox\nENV BERTH=%s\n' "$LAB_BERTH"
  for number in 1 2 3 4 5 6; do echo "COPY deck-$number.txt /decks/"; done
} >stack/Dockerfile
docker build --quiet --tag "$LAB_STACK" stack
