#!/usr/bin/env bash
# The application was also copied at the end, but all is still copied first.
set -eu

cat >ferry/Dockerfile <<'DOCKERFILE'
FROM busybox
WORKDIR /ferry
COPY . .
RUN sh install.sh
COPY app app
CMD ["sh", "app/ferry.sh"]
DOCKERFILE
sed -i "s/$LAB_RELEASE/$LAB_DRAFT/" ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:1" ferry
sed -i "s/$LAB_DRAFT/$LAB_RELEASE/" ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:2" ferry
