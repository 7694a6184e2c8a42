#!/usr/bin/env bash
# As if a container cost what an image is big.
set -eu

sed -i "s|^used_container =.*|used_container = 80|" answers.txt
