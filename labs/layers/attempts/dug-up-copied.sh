#!/usr/bin/env bash
# The key of another student.
set -eu

sed -i "s/^key =.*/key = $OTHER_KEY/" answers.txt
