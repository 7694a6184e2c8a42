#!/usr/bin/env bash
# Removed before its file was fetched.
rm cargo.txt
docker container rm "$LAB_NIGHT"
docker cp "$LAB_NIGHT:/hold/$LAB_HOLD.txt" cargo.txt || true
