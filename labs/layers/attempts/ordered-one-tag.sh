#!/usr/bin/env bash
# The new version took the place of the old one.
set -eu

docker rmi "$LAB_FERRY:1"
