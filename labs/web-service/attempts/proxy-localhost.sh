#!/usr/bin/env bash
# Inside a container localhost is the container itself.
set -eu

sed -i "s/$LAB_PILOT/localhost/" proxy.conf
docker restart -t 0 "$LAB_FRONT"
