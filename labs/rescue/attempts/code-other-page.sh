#!/usr/bin/env bash
# The page of another student.
set -eu

sed -i "s/$LAB_NOTICE/$OTHER_NOTICE/" site/index.html
