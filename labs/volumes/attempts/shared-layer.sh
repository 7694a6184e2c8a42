#!/usr/bin/env bash
# The sender writes in its own layer, next to the volume.
set -eu

docker exec "$LAB_SENDER" sh -c "rm /out/message.txt; echo $LAB_MESSAGE > /message.txt"
