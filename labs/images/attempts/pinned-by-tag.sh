# shellcheck shell=bash
# The right image, called by its tag.
docker rm --force "$LAB_PIN"
docker pull --quiet steiger/ferry:2.0
docker create --name "$LAB_PIN" steiger/ferry:2.0
