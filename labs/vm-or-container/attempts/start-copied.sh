#!/usr/bin/env bash
# The time of somebody's old laptop.
set -eu

sed -i "s|^start_vm =.*|start_vm = 900|" answers.txt
