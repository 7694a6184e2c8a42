#!/usr/bin/env bash
# The machine has a name of nobody's.
set -eu

kill "$(cat vm.pid)"
while kill -0 "$(cat vm.pid)" 2> /dev/null; do sleep 0.1; done
./boot-vm localhost "$LAB_BERTH" "$LAB_RAM" "$LAB_SIGNAL"
