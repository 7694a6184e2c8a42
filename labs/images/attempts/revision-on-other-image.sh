# shellcheck shell=bash
# The right tag, but on an image that has nothing to do with it.
docker pull --quiet steiger/ferry:2.0
docker tag steiger/ferry:2.0 "$LAB_CARGO:$LAB_REVISION"
