#!/usr/bin/env bash
# A container that pretends to be the virtual machine.
set -eu

kill "$(cat vm.pid)"
while kill -0 "$(cat vm.pid)" 2> /dev/null; do sleep 0.1; done
docker run -d --name "$LAB_DECK-vm" --hostname "$LAB_VESSEL" -e "code=$LAB_SIGNAL" -p "$LAB_BERTH:80" steiger/beacon
