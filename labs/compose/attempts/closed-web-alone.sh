#!/usr/bin/env bash
# A network of its own for each service, and api not on that of web.
set -eu
sed -i -e '/^  web:/,/^    depends_on:/ s/^      - front/      - edge/' -e '/^networks:/a\  edge:' compose.yaml
docker compose up -d
