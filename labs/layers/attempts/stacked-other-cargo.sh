#!/usr/bin/env bash
# The files of another student.
set -eu

sed -i "s/$LAB_CARGO/$OTHER_CARGO/" stack/deck-*.txt
docker build --quiet --tag "$LAB_STACK" stack
