#!/usr/bin/env bash
# The web server was stopped.
set -eu

docker kill "$LAB_SITE"
