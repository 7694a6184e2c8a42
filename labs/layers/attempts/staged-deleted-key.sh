#!/usr/bin/env bash
# The whole yard was copied, and the key deleted afterwards.
set -eu

sed -i 's|^COPY --from=yard.*|COPY --from=yard /yard /yard\nRUN cp /yard/beacon /usr/bin/beacon \&\& rm -r /yard|' beacon/Dockerfile
docker build --quiet --tag "$LAB_BEACON" beacon
