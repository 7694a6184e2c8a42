#!/usr/bin/env bash
# Two names for one image: the application was not changed in between.
set -eu

docker tag "$LAB_FERRY:1" "$LAB_FERRY:2"
