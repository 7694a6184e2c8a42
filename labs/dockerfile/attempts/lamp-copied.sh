#!/usr/bin/env bash
# The interval of another student.
set -eu

sed -i "s/--interval=[0-9]*s/--interval=${OTHER_BEAT}s/" lamp/Dockerfile
