#!/usr/bin/env bash
set -eu
docker compose stop web
