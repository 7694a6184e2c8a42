#!/usr/bin/env bash
# Installed in a stage of which nothing is kept.
set -eu

cat > tides/Dockerfile <<DOCKERFILE
FROM python:slim AS build
COPY wheels wheels
RUN pip install wheels/*.whl

FROM python:slim
LABEL owner=$LAB_OWNER
COPY app.py /srv/
CMD ["python", "/srv/app.py"]
DOCKERFILE
