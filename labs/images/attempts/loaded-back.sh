# shellcheck shell=bash
# Packed and loaded again: one of the two tags removed, the image still there.
docker load --quiet --input "$LAB_ATTIC.tar"
docker rmi "$LAB_ATTIC:latest"
