#!/usr/bin/env bash
# A word where a number should be.
set -eu

sed -i "s|^vm_outside =.*|vm_outside = one|" answers.txt
