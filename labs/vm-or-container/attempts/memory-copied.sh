#!/usr/bin/env bash
# What the machine of a neighbour sees, who has a little more.
set -eu

sed -i "s|^sees_vm =.*|sees_vm = $((LAB_RAM + 1))|" answers.txt
