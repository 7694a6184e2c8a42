#!/usr/bin/env bash
# The container has ended.
set -eu

docker kill "$LAB_PORTHOLE"
