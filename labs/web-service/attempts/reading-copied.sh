#!/usr/bin/env bash
# The answer of another student.
set -eu

echo "page = /safe-$OTHER_INTRUDER.key" > answers.txt
