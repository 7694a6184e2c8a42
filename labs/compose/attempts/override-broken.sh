#!/usr/bin/env bash
# A key that slipped to the left after the last up.
set -eu
sed -i 's/^    image: mariadb/  image: mariadb/' compose.yaml
