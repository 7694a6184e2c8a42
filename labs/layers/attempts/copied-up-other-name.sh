#!/usr/bin/env bash
# The container has another name.
set -eu

docker rename "$LAB_LIFT" "$LAB_TRIAL-lift"
