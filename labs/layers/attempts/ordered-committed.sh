#!/usr/bin/env bash
# The application was changed in a container, and that was committed.
set -eu

docker run --name "$LAB_FERRY" "$LAB_FERRY:1" sed -i "s/$LAB_DRAFT/$LAB_RELEASE/" /ferry/app/ferry.sh
docker commit "$LAB_FERRY" "$LAB_FERRY:2"
docker rm "$LAB_FERRY"
