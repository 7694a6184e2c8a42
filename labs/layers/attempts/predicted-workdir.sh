#!/usr/bin/env bash
# WORKDIR was taken for something that makes no layer.
set -eu

sed -i "s/^quay =.*/quay = $((LAB_QUAY + 1))/" answers.txt
