#!/usr/bin/env bash
docker update --restart always "$LAB_PUMP"
