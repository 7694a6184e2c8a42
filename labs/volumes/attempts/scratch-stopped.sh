#!/usr/bin/env bash
# The container has ended, and its tmpfs with it.
set -eu

docker kill "$LAB_DESK"
