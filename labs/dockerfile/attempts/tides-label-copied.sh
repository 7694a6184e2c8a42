#!/usr/bin/env bash
# The label of another student.
set -eu

sed -i "s/$LAB_OWNER/$OTHER_OWNER/" tides/Dockerfile
