#!/usr/bin/env bash
# Every instruction of the Dockerfile was counted.
set -eu

sed -i "s/^pier =.*/pier = $(grep -cE '^[A-Z]' predict/Dockerfile.pier)/" answers.txt
