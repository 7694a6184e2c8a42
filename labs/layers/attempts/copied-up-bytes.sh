#!/usr/bin/env bash
# Only the bytes of the line itself.
set -eu

sed -i "s/^copied =.*/copied = 11 bytes/" answers.txt
