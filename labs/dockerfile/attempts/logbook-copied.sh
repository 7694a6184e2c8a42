#!/usr/bin/env bash
# The number of another student.
set -eu

sed -i "s/$LAB_UID/$OTHER_UID/" logbook/Dockerfile
