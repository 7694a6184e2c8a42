#!/usr/bin/env bash
docker restart -t 0 "$LAB_TUG"
