# shellcheck shell=bash
# A container of the right image, committed under its name: looks the same, is another image.
box=$(docker create steiger/ferry:1.0)
docker commit "$box" steiger/ferry:1.0
docker rm "$box"
