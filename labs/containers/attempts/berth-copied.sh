#!/usr/bin/env bash
docker rm -f "$LAB_RELIEF"
docker run -d --name "$LAB_RELIEF" -e "BERTH=$OTHER_BERTH" steiger/ferry:1.0
