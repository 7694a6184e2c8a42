#!/usr/bin/env bash
# The container was stopped.
set -eu

docker kill "$LAB_DECK"
