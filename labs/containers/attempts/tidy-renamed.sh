#!/usr/bin/env bash
docker run -d --name "$LAB_BUOY-1" --label nl.steiger.containers=buoy-1 steiger/ferry:1.0
docker rename "$LAB_BUOY-1" "old-$LAB_BUOY"
