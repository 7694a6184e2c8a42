#!/usr/bin/env bash
# The program runs while the image is built; its output is kept and shown later.
set -eu

cat > ferry/Dockerfile <<DOCKERFILE
FROM python:slim
WORKDIR /srv/$LAB_FERRY
COPY app.py departures.csv ./
RUN python app.py > departures.txt
CMD ["cat", "departures.txt"]
DOCKERFILE
