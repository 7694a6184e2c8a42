#!/usr/bin/env bash
# The folder for the log is root's.
set -eu

cat > logbook/Dockerfile <<DOCKERFILE
FROM python:slim
WORKDIR /var/lib/logbook
WORKDIR /srv/logbook
COPY app.py .
USER $LAB_UID
CMD ["python", "app.py"]
DOCKERFILE
