#!/usr/bin/env bash
# The wreck was not cleaned up.
set -eu

docker create --name "$LAB_WRECK" busybox true
