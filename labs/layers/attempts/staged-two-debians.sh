#!/usr/bin/env bash
# Two stages, but the last one is on debian as well.
set -eu

sed -i 's/^FROM busybox/FROM debian/' beacon/Dockerfile
docker build --quiet --tag "$LAB_BEACON" beacon
