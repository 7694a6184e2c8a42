#!/usr/bin/env bash
# The only CMD is that of the health check.
set -eu

sed -i '/^CMD/d' lamp/Dockerfile
