#!/usr/bin/env bash
# Done, but not measured.
set -eu

sed -i "s/^copied =.*/copied =/" answers.txt
