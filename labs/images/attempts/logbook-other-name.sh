# shellcheck shell=bash
# A name, but the tag was forgotten.
docker tag "$LAB_LOGBOOK:1" "$LAB_LOGBOOK"
docker rmi "$LAB_LOGBOOK:1"
