# shellcheck shell=bash
# A file of the right name with nothing in it that counts.
echo "$LAB_ATTIC:1 $LAB_STAMP" >"$LAB_ATTIC.tar"
