#!/usr/bin/env bash
# The Dockerfile as it was: one stage, on debian.
set -eu

cat >beacon/Dockerfile <<'DOCKERFILE'
FROM debian
WORKDIR /yard
COPY . .
RUN sh build.sh beacon.src signing.key > /usr/bin/beacon && chmod 755 /usr/bin/beacon
RUN rm signing.key
CMD ["beacon"]
DOCKERFILE
docker build --quiet --tag "$LAB_BEACON" beacon
