#!/usr/bin/env bash
# Anchors upon anchors: a few lines that become thousands of millions.
set -eu
{
  echo 'x-0: &x0 [rope, rope, rope, rope, rope, rope, rope, rope, rope]'
  for level in 1 2 3 4 5 6 7 8 9; do
    below="*x$((level - 1))"
    echo "x-$level: &x$level [$below, $below, $below, $below, $below, $below, $below, $below, $below]"
  done
} >> compose.yaml
