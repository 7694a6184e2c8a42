#!/usr/bin/env bash
# A machine with less memory than asked for; then it sees less, too.
set -eu

kill "$(cat vm.pid)"
while kill -0 "$(cat vm.pid)" 2> /dev/null; do sleep 0.1; done
./boot-vm "$LAB_VESSEL" "$LAB_BERTH" 128 "$LAB_SIGNAL"
