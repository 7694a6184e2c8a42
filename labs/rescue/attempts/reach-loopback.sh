#!/usr/bin/env bash
# nginx listens to its own container only.
set -eu

sed -i 's/listen 8090/listen 127.0.0.1:8090/' front/default.conf
docker compose restart front
