#!/usr/bin/env bash
# The folder of another student.
set -eu

sed -i "s/$LAB_FERRY/$OTHER_FERRY/" ferry/Dockerfile
