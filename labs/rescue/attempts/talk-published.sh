#!/usr/bin/env bash
# Front asks for a port of the machine, on which nobody listens in the container.
set -eu

sed -i "s|//logbook:8080|//logbook:$LAB_HATCH|" front/default.conf
docker compose restart front
