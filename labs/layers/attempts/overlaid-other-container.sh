#!/usr/bin/env bash
# The upper folder of another container.
set -eu

other=$(docker run --rm "$LAB_HOLD:1" sed -n 's|^overlay / .*upperdir=\([^,]*\),.*|\1|p' /proc/mounts)
sed -i "s|^upper =.*|upper = $other|" answers.txt
