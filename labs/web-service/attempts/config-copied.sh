#!/usr/bin/env bash
# The motto of another student.
set -eu

sed -i "s/$LAB_MOTTO/$OTHER_MOTTO/" logbook.ini
docker restart -t 0 "$LAB_BOARD"
