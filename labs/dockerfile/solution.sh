#!/usr/bin/env bash
# The way of the guide: plain instructions, one after the other.
set -eu

cat > ferry/Dockerfile <<DOCKERFILE
FROM python:slim
WORKDIR /srv/$LAB_FERRY
COPY app.py departures.csv ./
CMD ["python", "app.py"]
DOCKERFILE

cat > tides/Dockerfile <<DOCKERFILE
FROM python:slim
LABEL owner=$LAB_OWNER
WORKDIR /srv/tides
COPY wheels wheels
RUN pip install wheels/steiger_tidetable-1.0-py3-none-any.whl
COPY app.py .
CMD ["python", "app.py"]
DOCKERFILE

cat > radio/Dockerfile <<DOCKERFILE
FROM python:slim
ENV CHANNEL=$LAB_CHANNEL
WORKDIR /srv/radio
COPY app.py .
CMD ["python", "app.py"]
DOCKERFILE

cat > logbook/Dockerfile <<DOCKERFILE
FROM python:slim
RUN useradd --uid $LAB_UID keeper && \\
    mkdir /var/lib/logbook && \\
    chown keeper /var/lib/logbook
WORKDIR /srv/logbook
COPY app.py .
USER keeper
CMD ["python", "app.py"]
DOCKERFILE

cat > crane/Dockerfile <<DOCKERFILE
FROM python:slim
WORKDIR /srv/crane
COPY app.py .
ENTRYPOINT ["python", "app.py"]
CMD ["$LAB_CRATE"]
DOCKERFILE

cat > cargo/.dockerignore <<IGNORE
.git
.env
$LAB_VAULT
**/*.key
IGNORE

cat > lamp/Dockerfile <<DOCKERFILE
FROM python:slim
WORKDIR /srv/lamp
COPY app.py .
EXPOSE 8000
HEALTHCHECK --interval=${LAB_BEAT}s --timeout=3s \\
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health')"]
CMD ["python", "app.py"]
DOCKERFILE

cat > tug/Dockerfile <<DOCKERFILE
FROM python:slim
WORKDIR /opt/tug
COPY src/tug.py .
COPY --chmod=755 start.sh .
ENV PORT=$LAB_PORT
EXPOSE $LAB_PORT
ENTRYPOINT ["./start.sh"]
DOCKERFILE
sed -i 's/^python tug.py/exec python tug.py/' tug/start.sh
