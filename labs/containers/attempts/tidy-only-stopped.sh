#!/usr/bin/env bash
docker run -d --name "$LAB_BUOY-1" steiger/ferry:1.0
docker stop -t 0 "$LAB_BUOY-1"
