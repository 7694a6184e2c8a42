#!/usr/bin/env bash
# The number from inside, where that from outside is asked for.
set -eu

sed -i "s|^pid_outside =.*|pid_outside = 1|" answers.txt
