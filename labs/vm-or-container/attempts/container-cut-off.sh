#!/usr/bin/env bash
# The container was taken off its network, and with it went its port.
set -eu

docker network disconnect bridge "$LAB_DECK"
