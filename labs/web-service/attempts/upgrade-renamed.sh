#!/usr/bin/env bash
# The new version kept a name of its own.
set -eu

docker rename "$LAB_OFFICE" "$LAB_OFFICE-2.0"
