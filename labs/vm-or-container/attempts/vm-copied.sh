#!/usr/bin/env bash
# The code of another student.
set -eu

kill "$(cat vm.pid)"
while kill -0 "$(cat vm.pid)" 2> /dev/null; do sleep 0.1; done
./boot-vm "$LAB_VESSEL" "$LAB_BERTH" "$LAB_RAM" "$OTHER_SIGNAL"
