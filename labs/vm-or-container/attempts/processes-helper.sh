#!/usr/bin/env bash
# The number of the helper that the container hangs under.
set -eu

pid=$(docker inspect --format '{{ .State.Pid }}' "$LAB_DECK")
helper=$(ps -o ppid= -p "$pid" | tr -d ' ')
sed -i "s|^pid_outside =.*|pid_outside = $helper|" answers.txt
