#!/usr/bin/env bash
# The report of another student.
set -eu

printf 'FROM busybox\nRUN echo "grain,%s 800000" > /report.txt\n' "$OTHER_GRAIN" |
  docker build --quiet --tag "$LAB_MILL" -
