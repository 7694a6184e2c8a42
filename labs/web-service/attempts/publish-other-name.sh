#!/usr/bin/env bash
# The right logbook under another name.
set -eu

docker rename "$LAB_DESK" "$LAB_DESK-2"
