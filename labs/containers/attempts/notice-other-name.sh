#!/usr/bin/env bash
docker rename "$LAB_FERRY" "$LAB_FERRY-2"
