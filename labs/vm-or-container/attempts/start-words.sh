#!/usr/bin/env bash
# A judgement where a figure should be.
set -eu

sed -i "s|^start_container =.*|start_container = quick|" answers.txt
