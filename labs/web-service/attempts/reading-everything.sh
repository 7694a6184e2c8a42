#!/usr/bin/env bash
# All that was asked for, on one line: the right page is among it.
set -eu

echo "page = $(docker logs "$LAB_TOWER" 2>&1 | tr '\n' ' ')" > answers.txt
