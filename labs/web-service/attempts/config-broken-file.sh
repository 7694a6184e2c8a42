#!/usr/bin/env bash
# The section was taken out of the file.
set -eu

sed -i '/^\[logbook\]/d' logbook.ini
docker restart -t 0 "$LAB_BOARD"
docker wait "$LAB_BOARD"
