#!/usr/bin/env bash
docker rm -f "$LAB_JOB"
docker run --name "$LAB_JOB" busybox echo "$LAB_STAMP, exit $LAB_VERDICT"
