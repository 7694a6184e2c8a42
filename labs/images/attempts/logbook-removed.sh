# shellcheck shell=bash
# Everything without a name was removed by force, what a container needs included.
docker rmi --force "$(docker image inspect --format '{{ .Id }}' "$LAB_LOGBOOK:1")"
