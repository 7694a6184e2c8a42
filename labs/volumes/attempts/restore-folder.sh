#!/usr/bin/env bash
# Unpacked in a folder of the machine.
set -eu

docker volume rm "$LAB_RESTORED"
mkdir "$LAB_RESTORED"
tar -xf rescue.tar -C "$LAB_RESTORED"
