#!/usr/bin/env bash
# The Dockerfile as it was: all is copied before the slow step.
set -eu

cat >ferry/Dockerfile <<'DOCKERFILE'
FROM busybox
WORKDIR /ferry
COPY . .
RUN sh install.sh
CMD ["sh", "app/ferry.sh"]
DOCKERFILE
sed -i "s/$LAB_RELEASE/$LAB_DRAFT/" ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:1" ferry
sed -i "s/$LAB_DRAFT/$LAB_RELEASE/" ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:2" ferry
