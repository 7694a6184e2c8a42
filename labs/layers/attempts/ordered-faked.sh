#!/usr/bin/env bash
# The slow step is not there at all; its result was written by hand.
set -eu

mkdir ferry/stores
for item in rope lamp anchor; do echo "$item" >"ferry/stores/$item"; done
echo "done" >ferry/stores/installed
sed -i 's/^RUN.*/COPY stores stores/' ferry/Dockerfile
sed -i "s/$LAB_RELEASE/$LAB_DRAFT/" ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:1" ferry
sed -i "s/$LAB_DRAFT/$LAB_RELEASE/" ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:2" ferry
