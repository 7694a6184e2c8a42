# shellcheck shell=bash
# Made after a container of the parcel: same labels, another image.
box=$(docker create "$LAB_PARCEL:1")
docker commit "$box" "$LAB_PARCEL:1"
docker rm "$box"
