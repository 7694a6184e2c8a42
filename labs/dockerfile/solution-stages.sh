#!/usr/bin/env bash
# Another way: several stages, a virtual environment, numbers for users, a list of what may come along.
set -eu

cat > ferry/Dockerfile <<DOCKERFILE
FROM python:slim AS base
ARG HOME_PORT=/srv/$LAB_FERRY

FROM base
ARG HOME_PORT=/srv/$LAB_FERRY
COPY . \$HOME_PORT/
WORKDIR \$HOME_PORT
ENTRYPOINT ["python3", "-u"]
CMD ["$(printf '/srv/%s/app.py' "$LAB_FERRY")"]
DOCKERFILE

cat > tides/Dockerfile <<DOCKERFILE
FROM python:slim AS build
RUN python -m venv /opt/venv
RUN --mount=type=bind,source=wheels,target=/wheels \\
    /opt/venv/bin/pip install --no-index --find-links /wheels steiger-tidetable

FROM python:slim
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:\$PATH
COPY app.py /
LABEL org.opencontainers.image.title="tides" \\
      owner="$LAB_OWNER"
CMD python /app.py
DOCKERFILE

cat > radio/Dockerfile <<DOCKERFILE
FROM python:slim
ARG DEFAULT=$LAB_CHANNEL
ENV CHANNEL=\$DEFAULT
ADD app.py /usr/local/lib/radio/
CMD exec python /usr/local/lib/radio/app.py
DOCKERFILE

cat > logbook/Dockerfile <<DOCKERFILE
FROM python:slim
COPY app.py /srv/app.py
USER $LAB_UID:0
WORKDIR /var/lib/logbook
USER root
RUN chgrp 0 . && chmod 770 .
VOLUME /var/lib/logbook
USER $LAB_UID:0
CMD ["python", "/srv/app.py"]
DOCKERFILE

cat > crane/start <<'SCRIPT'
#!/bin/sh
set -e
cd /srv
exec python app.py "$@"
SCRIPT
chmod +x crane/start
cat > crane/Dockerfile <<DOCKERFILE
FROM python:slim
STOPSIGNAL SIGINT
COPY app.py start /srv/
ENTRYPOINT ["/srv/start"]
CMD ["$LAB_CRATE"]
DOCKERFILE

printf '%s\n' '*' '!app.py' '!manifest.csv' '!docs' 'docs/**/*.key' > cargo/.dockerignore

cat > lamp/probe.py <<'PYTHON'
import http.client
import sys

lamp = http.client.HTTPConnection("localhost", 8000, timeout=2)
lamp.request("GET", "/health")
sys.exit(lamp.getresponse().status != 200)
PYTHON
cat > lamp/Dockerfile <<DOCKERFILE
FROM python:slim
COPY . /srv/lamp
WORKDIR /srv/lamp
HEALTHCHECK --start-period=30s --retries=2 --interval=${LAB_BEAT}000ms CMD python probe.py
CMD ["python", "app.py"]
DOCKERFILE

cat > tug/Dockerfile <<DOCKERFILE
FROM python:slim
COPY src /opt/tug
ENV PORT="$LAB_PORT"
EXPOSE \${PORT}/tcp 8080
CMD ["python", "/opt/tug/tug.py"]
DOCKERFILE
