#!/usr/bin/env bash
# The upper folder of another container.
set -eu

docker create --name "$LAB_TRIAL-upper" "$LAB_HOLD:1" true
other=$(docker inspect --format '{{ .GraphDriver.Data.UpperDir }}' "$LAB_TRIAL-upper")
sed -i "s|^upper =.*|upper = $other|" answers.txt
