#!/usr/bin/env bash
docker rm -f "$LAB_JOB"
docker run --name "$LAB_JOB" busybox sh -c "echo $OTHER_STAMP; exit $LAB_VERDICT" || true
