#!/usr/bin/env bash
docker rm -f "$LAB_JOB"
docker run -d --name "$LAB_JOB" busybox sh -c "echo $LAB_STAMP; sleep 3600; exit $LAB_VERDICT"
