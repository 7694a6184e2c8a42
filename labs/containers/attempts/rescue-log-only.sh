#!/usr/bin/env bash
docker logs "$LAB_NIGHT" > cargo.txt 2>&1
