# shellcheck shell=bash
# A build on top of it has the same labels, and is another image.
printf 'FROM %s\nENV COPY=yes\n' "$LAB_CARGO:new" |
  DOCKER_BUILDKIT=1 docker build --quiet --tag "$LAB_CARGO:$LAB_REVISION" -
