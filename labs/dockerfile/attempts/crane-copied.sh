#!/usr/bin/env bash
# The load of another student.
set -eu

sed -i "s/$LAB_CRATE/$OTHER_CRATE/" crane/Dockerfile
