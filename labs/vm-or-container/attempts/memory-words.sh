#!/usr/bin/env bash
# A judgement where a figure should be.
set -eu

sed -i "s|^used_vm =.*|used_vm = a lot|" answers.txt
