#!/usr/bin/env bash
# docker export packs the container, without its volumes.
set -eu

rm -f backup.tar
docker create --name "$LAB_STOCK-helper" -v "$LAB_STOCK:/data" busybox true
docker export "$LAB_STOCK-helper" > backup.tar
docker rm "$LAB_STOCK-helper"
