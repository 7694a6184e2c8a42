#!/usr/bin/env bash
# The wheel was unpacked once, and what came out is copied.
set -eu

python3 -m zipfile -e tides/wheels/*.whl tides/unpacked
cat > tides/Dockerfile <<DOCKERFILE
FROM python:slim
LABEL owner=$LAB_OWNER
WORKDIR /srv/tides
COPY app.py unpacked ./
CMD ["python", "app.py"]
DOCKERFILE
