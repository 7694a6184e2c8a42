#!/usr/bin/env bash
# The departures are written in the Dockerfile.
set -eu

cat > ferry/Dockerfile <<DOCKERFILE
FROM python:slim
WORKDIR /srv/$LAB_FERRY
RUN printf 'time,ship,to\\n07:15,Noordzee,Terschelling\\n' > departures.csv
COPY app.py .
CMD ["python", "app.py"]
DOCKERFILE
