#!/usr/bin/env bash
# The volume was cleaned up before there was a backup.
set -eu

rm -f backup.tar
docker volume rm "$LAB_STOCK"
