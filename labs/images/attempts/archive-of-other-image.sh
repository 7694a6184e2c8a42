# shellcheck shell=bash
# A real archive, of an image that was at hand.
docker save --output "$LAB_ATTIC.tar" steiger/ferry:1.0
