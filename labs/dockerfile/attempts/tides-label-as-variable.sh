#!/usr/bin/env bash
# An environment variable where a label should be.
set -eu

sed -i 's/^LABEL/ENV/' tides/Dockerfile
