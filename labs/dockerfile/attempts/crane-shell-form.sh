#!/usr/bin/env bash
# An ENTRYPOINT in shell form never sees CMD.
set -eu

sed -i 's/^ENTRYPOINT.*/ENTRYPOINT python app.py/' crane/Dockerfile
