#!/usr/bin/env bash
# The report was made when the grain was gone already.
set -eu

cat >mill/Dockerfile <<'DOCKERFILE'
FROM busybox
COPY unload.sh /unload.sh
RUN sh /unload.sh > /tmp/grain.csv && rm /tmp/grain.csv
RUN echo "$(tail -n 1 /tmp/grain.csv) $(wc -l < /tmp/grain.csv)" > /report.txt
DOCKERFILE
docker build --quiet --tag "$LAB_MILL" mill
