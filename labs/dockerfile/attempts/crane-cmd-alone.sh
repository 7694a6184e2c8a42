#!/usr/bin/env bash
# All in CMD: what is typed replaces the program as well.
set -eu

sed -i -e '/^ENTRYPOINT/d' -e "s/^CMD.*/CMD [\"python\", \"app.py\", \"$LAB_CRATE\"]/" crane/Dockerfile
