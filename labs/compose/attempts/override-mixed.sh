#!/usr/bin/env bash
# The base knows about the other environment.
set -eu
sed -i "/LOGBOOK_TITLE/a\      LOGBOOK_DRAFT_TITLE: Draft $LAB_DRAFT" compose.yaml
