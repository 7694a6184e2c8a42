#!/usr/bin/env bash
# The channel of another student.
set -eu

sed -i "s/^ENV.*/ENV CHANNEL=$OTHER_CHANNEL/" radio/Dockerfile
