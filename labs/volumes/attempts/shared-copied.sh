#!/usr/bin/env bash
# The code of another student.
set -eu

docker exec "$LAB_SENDER" sh -c "echo $OTHER_MESSAGE > /out/message.txt"
