#!/usr/bin/env bash
# A line that has 404 in its path, not as its status.
set -eu

echo 'page = /entries?berth=404' > answers.txt
