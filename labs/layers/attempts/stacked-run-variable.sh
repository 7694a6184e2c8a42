#!/usr/bin/env bash
# The variable was set inside a RUN, which forgets it.
set -eu

{
  echo 'FROM busybox'
  for number in $(seq $((LAB_HEIGHT - 1))); do echo "COPY deck-$number.txt /decks/"; done
  printf 'COPY *.txt /decks/\nENV QUAY=1\n'
} >stack/Dockerfile
sed -i "2s|.*|RUN export BERTH=$LAB_BERTH \&\& echo \$BERTH > /berth|" stack/Dockerfile
docker build --quiet --tag "$LAB_STACK" stack
