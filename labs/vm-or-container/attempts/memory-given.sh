#!/usr/bin/env bash
# What the virtual machine was given, not what it uses.
set -eu

sed -i "s|^used_vm =.*|used_vm = $LAB_RAM|" answers.txt
