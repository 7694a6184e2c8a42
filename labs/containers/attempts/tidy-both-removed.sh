#!/usr/bin/env bash
# A filter on a name matches every name that holds it.
docker ps -aq --filter "name=$LAB_BUOY" | xargs docker rm -f
