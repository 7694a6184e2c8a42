#!/usr/bin/env bash
# The port of another student.
set -eu

sed -i "s/$LAB_PORT/$OTHER_PORT/" tug/Dockerfile
