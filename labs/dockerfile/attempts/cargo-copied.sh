#!/usr/bin/env bash
# The folder of another student.
set -eu

sed -i "s/$LAB_VAULT/$OTHER_VAULT/" cargo/.dockerignore
