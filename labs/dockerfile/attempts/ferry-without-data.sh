#!/usr/bin/env bash
# Only the program was copied.
set -eu

cat > ferry/Dockerfile <<DOCKERFILE
FROM python:slim
WORKDIR /srv/$LAB_FERRY
COPY app.py .
CMD ["python", "app.py"]
DOCKERFILE
