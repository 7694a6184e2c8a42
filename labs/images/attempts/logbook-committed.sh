# shellcheck shell=bash
# A new image out of the container, where the old one had to get a name.
docker commit "$LAB_LOGBOOK" "$LAB_LOGBOOK:1"
