#!/usr/bin/env bash
# The container was stopped.
set -eu

docker stop -t 0 "$LAB_LIFT"
