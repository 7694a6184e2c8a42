#!/usr/bin/env bash
# The password of somebody else; what runs has read the old one.
set -eu
echo "$OTHER_PASSWORD" > secrets/password.txt
