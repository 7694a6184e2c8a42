#!/usr/bin/env bash
# No COPY before the slow step, but a mount of the whole folder, which counts as well.
set -eu

export DOCKER_BUILDKIT=1
cat >ferry/Dockerfile <<'DOCKERFILE'
FROM busybox
WORKDIR /ferry
RUN --mount=type=bind,target=/src sh /src/install.sh
COPY app app
CMD ["sh", "app/ferry.sh"]
DOCKERFILE
sed -i "s/$LAB_RELEASE/$LAB_DRAFT/" ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:1" ferry
sed -i "s/$LAB_DRAFT/$LAB_RELEASE/" ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:2" ferry
