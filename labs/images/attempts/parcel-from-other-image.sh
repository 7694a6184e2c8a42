# shellcheck shell=bash
# The name of the parcel on an image that was at hand.
docker tag steiger/ferry:1.0 "$LAB_PARCEL:1"
