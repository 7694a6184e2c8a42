#!/usr/bin/env bash
# As if the virtual machine ran on the kernel of the machine that it is on.
set -eu

sed -i "s|^kernel_vm =.*|kernel_vm = $(uname -r)|" answers.txt
