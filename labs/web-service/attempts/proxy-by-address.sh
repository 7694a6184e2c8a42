#!/usr/bin/env bash
# The address of today in the configuration.
set -eu

address=$(docker inspect --format '{{ range .NetworkSettings.Networks }}{{ .IPAddress }}{{ end }}' "$LAB_PILOT")
sed -i "s/$LAB_PILOT/$address/" proxy.conf
docker restart -t 0 "$LAB_FRONT"
