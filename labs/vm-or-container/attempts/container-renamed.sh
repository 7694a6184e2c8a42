#!/usr/bin/env bash
# The right container under another name.
set -eu

docker rename "$LAB_DECK" "$OTHER_DECK"
