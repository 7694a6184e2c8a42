# shellcheck shell=bash
# The right name on the wrong version.
docker pull --quiet steiger/ferry:2.0
docker tag steiger/ferry:2.0 steiger/ferry:1.0
