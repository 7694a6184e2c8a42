# shellcheck shell=bash
# Packed by id: the archive does not know what the image is called.
docker load --quiet --input "$LAB_ATTIC.tar"
id=$(docker images --quiet --no-trunc "$LAB_ATTIC:1")
docker save --output "$LAB_ATTIC.tar" "$id"
docker rmi --force "$id"
