# shellcheck shell=bash
# export packs the files of a container: no image, no name, no labels.
box=$(docker create steiger/ferry:1.0)
docker export --output "$LAB_ATTIC.tar" "$box"
docker rm "$box"
