#!/usr/bin/env bash
# WORKDIR made one layer more than was meant.
set -eu

sed -i 's|^FROM busybox|&\nWORKDIR /decks|' stack/Dockerfile
docker build --quiet --tag "$LAB_STACK" stack
