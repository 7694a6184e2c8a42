#!/usr/bin/env bash
docker rm -f "$LAB_JOB"
docker run --rm --name "$LAB_JOB" busybox sh -c "echo $LAB_STAMP; exit $LAB_VERDICT" || true
