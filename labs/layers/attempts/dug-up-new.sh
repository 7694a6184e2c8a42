#!/usr/bin/env bash
# What a container shows is the key that took the place of the old one.
set -eu

key=$(docker run --rm "$LAB_CRATE:1" cat /crate/lock.key)
sed -i "s/^key =.*/key = $key/" answers.txt
