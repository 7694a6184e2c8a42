# shellcheck shell=bash
# The right name in the registry, but version 2.0 behind it.
docker pull --quiet steiger/ferry:2.0
docker tag steiger/ferry:2.0 "$LAB_REGISTRY/$LAB_DEPOT:1.0"
docker push --quiet "$LAB_REGISTRY/$LAB_DEPOT:1.0"
