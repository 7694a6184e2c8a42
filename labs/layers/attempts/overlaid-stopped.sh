#!/usr/bin/env bash
# The container was stopped: what it wrote is still there, the overlay is not.
set -eu

docker stop -t 0 "$LAB_DIVER"
