# shellcheck shell=bash
# The image is gone and nothing was kept.
rm "$LAB_ATTIC.tar"
