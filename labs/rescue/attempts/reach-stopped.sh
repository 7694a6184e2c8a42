#!/usr/bin/env bash
# Front was stopped while its settings were looked at, and never started again.
set -eu

docker compose stop front
