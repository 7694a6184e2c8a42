#!/usr/bin/env bash
# Without a slash behind it, the target of COPY became one file.
set -eu

{
  printf 'FROM busybox\nENV BERTH=%s\n' "$LAB_BERTH"
  for number in $(seq "$LAB_HEIGHT"); do echo "COPY deck-$number.txt /decks"; done
} >stack/Dockerfile
docker build --quiet --tag "$LAB_STACK" stack
