#!/usr/bin/env bash
docker exec "$LAB_FERRY" sh -c "echo 'gate closes at $OTHER_NOTICE' > /www/gate.html"
