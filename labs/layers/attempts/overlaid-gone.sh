#!/usr/bin/env bash
# The container was removed, and its layer with it.
set -eu

docker rm -f "$LAB_DIVER"
