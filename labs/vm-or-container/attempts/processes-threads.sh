#!/usr/bin/env bash
# The threads of QEMU were counted.
set -eu

sed -i "s|^vm_outside =.*|vm_outside = 4|" answers.txt
