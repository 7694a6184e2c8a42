#!/usr/bin/env bash
# One of those that are shared.
set -eu

sed -i "s|^shared =.*|shared = user|" answers.txt
