#!/usr/bin/env bash
# One of the three was not looked up.
set -eu

sed -i "s|^kernel_container =.*|kernel_container =|" answers.txt
