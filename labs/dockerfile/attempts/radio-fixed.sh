#!/usr/bin/env bash
# The start command sets the variable once more.
set -eu

sed -i "s/^CMD.*/CMD CHANNEL=$LAB_CHANNEL python app.py/" radio/Dockerfile
