#!/usr/bin/env bash
# A program that the image does not have.
set -eu

sed -i 's|^  CMD.*|  CMD curl --fail http://127.0.0.1:8000/health \|\| exit 1|' lamp/Dockerfile
