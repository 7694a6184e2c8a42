#!/usr/bin/env bash
docker update --restart on-failure:5 "$LAB_PUMP"
