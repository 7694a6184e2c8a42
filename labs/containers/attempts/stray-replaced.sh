#!/usr/bin/env bash
docker rm -f "$LAB_TUG"
docker run -d --name "$LAB_TUG" steiger/ferry:1.0
