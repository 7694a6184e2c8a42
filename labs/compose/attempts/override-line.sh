#!/usr/bin/env bash
# A line of 10 MB.
set -eu
{
  printf 'x-cargo: '
  head -c 10000000 /dev/zero | tr '\0' x
  echo
} >> compose.yaml
