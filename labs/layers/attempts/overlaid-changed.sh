#!/usr/bin/env bash
# What was changed was taken for what was deleted.
set -eu

sed -i "s|^removed =.*|removed = /charts/12.txt|" answers.txt
