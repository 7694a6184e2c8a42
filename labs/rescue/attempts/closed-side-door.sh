#!/usr/bin/env bash
# A container of one's own on the network of the project, open to the outside.
set -eu

docker run -d --name "$LAB_PROJECT-side" --network "${LAB_PROJECT}_hold" -p "127.0.0.1:$LAB_HATCH:80" nginx
