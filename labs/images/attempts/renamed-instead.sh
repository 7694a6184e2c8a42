# shellcheck shell=bash
# The old name was to stay.
docker rmi "$LAB_CARGO:new"
