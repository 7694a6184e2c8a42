#!/usr/bin/env bash
docker stop -t 0 "$LAB_WEB"
