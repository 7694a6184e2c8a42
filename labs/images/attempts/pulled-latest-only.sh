# shellcheck shell=bash
# No tag given, so latest came, and that is version 2.0.
docker rmi --force steiger/ferry:1.0
docker pull --quiet steiger/ferry
