#!/usr/bin/env bash
# Emptied in a later layer instead of deleted.
set -eu

cat >mill/Dockerfile <<'DOCKERFILE'
FROM busybox
COPY unload.sh /unload.sh
RUN sh /unload.sh > /tmp/grain.csv
RUN echo "$(tail -n 1 /tmp/grain.csv) $(wc -l < /tmp/grain.csv)" > /report.txt
RUN : > /tmp/grain.csv
CMD ["cat", "/report.txt"]
DOCKERFILE
docker build --quiet --tag "$LAB_MILL" mill
