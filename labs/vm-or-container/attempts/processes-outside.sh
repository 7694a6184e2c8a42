#!/usr/bin/env bash
# As if the virtual machine had a single process inside as well.
set -eu

sed -i "s|^vm_inside =.*|vm_inside = 1|" answers.txt
