#!/usr/bin/env bash
# The paths count from the folder above.
set -eu

cat > ferry/Dockerfile <<DOCKERFILE
FROM python:slim
WORKDIR /srv/$LAB_FERRY
COPY ferry/app.py ferry/departures.csv ./
CMD ["python", "app.py"]
DOCKERFILE
