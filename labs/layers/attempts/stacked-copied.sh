#!/usr/bin/env bash
# The number of layers of another student.
set -eu

{
  printf 'FROM busybox\nENV BERTH=%s\nCOPY *.txt /decks/\n' "$LAB_BERTH"
  for number in $(seq 2 "$OTHER_HEIGHT"); do echo "RUN echo $number > /number"; done
} >stack/Dockerfile
docker build --quiet --tag "$LAB_STACK" stack
