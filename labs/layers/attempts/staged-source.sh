#!/usr/bin/env bash
# The source was copied along.
set -eu

sed -i 's|^COPY --from=yard.*|&\nCOPY beacon.src /usr/share/|' beacon/Dockerfile
docker build --quiet --tag "$LAB_BEACON" beacon
