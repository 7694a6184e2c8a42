#!/usr/bin/env bash
docker rm -f "$LAB_TUG"
