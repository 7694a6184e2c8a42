#!/usr/bin/env bash
set -eu
mv compose.yaml base.yaml
