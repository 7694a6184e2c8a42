#!/usr/bin/env bash
# Nobody made the folder for the log.
set -eu

cat > logbook/Dockerfile <<DOCKERFILE
FROM python:slim
COPY app.py /srv/
USER $LAB_UID
CMD ["python", "/srv/app.py"]
DOCKERFILE
