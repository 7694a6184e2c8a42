#!/usr/bin/env bash
# A semicolon is missing: nginx does not start.
set -eu

sed -i "s/:8080;/:8080/" proxy.conf
docker restart -t 0 "$LAB_FRONT"
docker wait "$LAB_FRONT"
