#!/usr/bin/env bash
# As if a container saw a slice of the memory only.
set -eu

sed -i "s|^sees_container =.*|sees_container = 2|" answers.txt
