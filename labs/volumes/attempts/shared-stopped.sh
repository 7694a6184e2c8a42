#!/usr/bin/env bash
# One of the two has ended.
set -eu

docker kill "$LAB_READER"
