#!/usr/bin/env bash
# Signed with the key of another student.
set -eu

echo "$OTHER_SEAL" >beacon/signing.key
docker build --quiet --tag "$LAB_BEACON" beacon
