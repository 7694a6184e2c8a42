#!/usr/bin/env bash
# The user was made, but is not used.
set -eu

sed -i '/^USER/d' logbook/Dockerfile
