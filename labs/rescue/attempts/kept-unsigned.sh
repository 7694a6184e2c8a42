#!/usr/bin/env bash
# No new entry.
set -eu

docker run --rm --user 0 -v "${LAB_PROJECT}_entries:/data" steiger/logbook:2.0 \
  sh -c "sed '/$LAB_SIGN/d' /data/entries.txt > /tmp/new && cat /tmp/new > /data/entries.txt"
