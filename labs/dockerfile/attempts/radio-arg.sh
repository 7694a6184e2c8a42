#!/usr/bin/env bash
# A variable of the build, which no container has.
set -eu

sed -i 's/^ENV/ARG/' radio/Dockerfile
