#!/usr/bin/env bash
# A word where a number is asked.
set -eu

sed -i "s/^pier =.*/pier = three or four/" answers.txt
