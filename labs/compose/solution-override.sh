#!/usr/bin/env bash
# Another way: long syntax and anchors, the differences in compose.override.yaml, the number of copies on the command line.
set -eu

mkdir -p keys
printf '%s' "$LAB_PASSWORD" > keys/db

cat > docker-compose.yml << END
x-secret: &secret
  - source: db_password
    target: db

services:
  db:
    image: mariadb:latest
    restart: unless-stopped
    environment:
      - MYSQL_DATABASE=logbook
      - MYSQL_USER=clerk
      - MYSQL_PASSWORD_FILE=/run/secrets/db
      - MARIADB_ROOT_PASSWORD_FILE=/run/secrets/db
    secrets: *secret
    networks: [quay]
    volumes:
      - type: volume
        source: books
        target: /var/lib/mysql
    healthcheck:
      test: mariadb -h 127.0.0.1 -u clerk -p"\$\$(cat /run/secrets/db)" -e 'SELECT 1' logbook | grep -q 1
      interval: 1s
      retries: 60

  api:
    image: steiger/logbook:2.0
    restart: unless-stopped
    environment: &settings
      LOGBOOK_TITLE: \${TITLE:-Harbour $LAB_TITLE}
      LOGBOOK_DB_HOST: db
      LOGBOOK_DB_USER: clerk
      LOGBOOK_DB_PASSWORD_FILE: /run/secrets/db
    secrets: *secret
    networks: [quay, street]
    depends_on:
      db: {condition: service_healthy, restart: true}
    healthcheck:
      test: ["CMD", "logbook", "health"]
      interval: 1s

  web:
    image: nginx:latest
    restart: unless-stopped
    ports:
      - target: 80
        published: \${PORT:-$LAB_GATE}
        host_ip: 127.0.0.1
    networks: [street]
    depends_on:
      api: {condition: service_healthy}
    volumes:
      - type: bind
        source: ./web
        target: /etc/nginx/conf.d
        read_only: true

networks:
  street: {}
  quay: {internal: true}

volumes:
  books:
    name: \${COMPOSE_PROJECT_NAME}-books

secrets:
  db_password: {file: keys/db}
END

production() { docker compose -f docker-compose.yml -p "$LAB_PROJECT" "$@"; }

production up -d
production exec -T web curl -s -d "entry $LAB_ENTRY" http://api:8080/entries
production rm --stop --force --volumes
production up -d --scale api="$LAB_REPLICAS"

cat > docker-compose.override.yml << END
services:
  api:
    environment:
      LOGBOOK_TITLE: "Draft $LAB_DRAFT"
END
PORT=$LAB_SIDE docker compose -p "$LAB_DEV" up -d
