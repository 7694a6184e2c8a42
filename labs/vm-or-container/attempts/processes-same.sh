#!/usr/bin/env bash
# The number from outside, twice.
set -eu

pid=$(docker inspect --format '{{ .State.Pid }}' "$LAB_DECK")
sed -i "s|^pid_inside =.*|pid_inside = $pid|" answers.txt
