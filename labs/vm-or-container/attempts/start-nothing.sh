#!/usr/bin/env bash
# A machine that boots in no time.
set -eu

sed -i "s|^start_vm =.*|start_vm = 0|" answers.txt
