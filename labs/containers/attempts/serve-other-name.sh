#!/usr/bin/env bash
# Right in everything but the name.
docker rename "$LAB_WEB" "$LAB_WEB-server"
