#!/usr/bin/env bash
# A page that looks right, with nothing behind it.
set -eu
cat > web/fake.conf << END
server {
    listen 80;
    default_type text/html;
    location = /whoami { return 200 "api"; }
    location / { return 200 "<title>Harbour $LAB_TITLE</title>"; }
}
END
sed -i 's|./web/default.conf|./web/fake.conf|' compose.yaml
docker compose up -d
