#!/usr/bin/env bash
docker rm -f "$LAB_JOB"
docker create --name "$LAB_JOB" busybox sh -c "echo $LAB_STAMP; exit $LAB_VERDICT"
