# shellcheck shell=bash
# A committed container instead of the image itself.
box=$(docker create steiger/ferry:1.0)
docker commit "$box" "$LAB_REGISTRY/$LAB_DEPOT:1.0"
docker rm "$box"
docker push --quiet "$LAB_REGISTRY/$LAB_DEPOT:1.0"
