#!/usr/bin/env bash
# Built on busybox: without perl the program is empty.
set -eu

cat >beacon/Dockerfile <<'DOCKERFILE'
FROM busybox AS yard
WORKDIR /yard
COPY . .
RUN sh build.sh beacon.src signing.key > beacon; chmod 755 beacon
FROM busybox
COPY --from=yard /yard/beacon /usr/bin/beacon
CMD ["beacon"]
DOCKERFILE
docker build --quiet --tag "$LAB_BEACON" beacon
