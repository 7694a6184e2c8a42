#!/usr/bin/env bash
# Exported in a RUN: gone when that is done.
set -eu

sed -i 's/^ENV/RUN export/' radio/Dockerfile
