#!/usr/bin/env bash
# The limits of another student.
set -eu

docker update --memory "${OTHER_LOAD}m" --memory-swap -1 "$LAB_BARGE"
