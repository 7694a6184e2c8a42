#!/usr/bin/env bash
# The page for people, which always answers.
set -eu

sed -i 's|8000/health|8000/|' lamp/Dockerfile
