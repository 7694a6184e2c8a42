#!/usr/bin/env bash
docker rm -f "$LAB_PUMP"
docker run -d --name "$LAB_PUMP" busybox sleep 3600
