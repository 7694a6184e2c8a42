#!/usr/bin/env bash
# The layers of the first stage were counted too.
set -eu

sed -i "s/^dock =.*/dock = $(grep -cE '^(RUN|COPY)' predict/Dockerfile.dock)/" answers.txt
