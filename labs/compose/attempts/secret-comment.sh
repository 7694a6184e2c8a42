#!/usr/bin/env bash
set -eu
echo "# the password is $LAB_PASSWORD, in case somebody forgets" >> compose.yaml
