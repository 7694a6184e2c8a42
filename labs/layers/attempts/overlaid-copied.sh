#!/usr/bin/env bash
# The file of another student.
set -eu

sed -i "s|^removed =.*|removed = /log/$OTHER_LOST.txt|" answers.txt
