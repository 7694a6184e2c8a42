# shellcheck shell=bash
# A digest, but that of version 1.0.
docker rm --force "$LAB_PIN"
digest=$(docker pull steiger/ferry:1.0 | sed -n 's/^Digest: //p')
docker create --name "$LAB_PIN" "steiger/ferry@$digest"
