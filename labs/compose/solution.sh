#!/usr/bin/env bash
# The way of the guide: one base file, one file with the differences for development.
set -eu

mkdir -p secrets
printf '%s\n' "$LAB_PASSWORD" > secrets/password.txt

cat > compose.yaml << END
name: $LAB_PROJECT

services:
  web:
    image: nginx
    restart: unless-stopped
    ports:
      - "$LAB_GATE:80"
    volumes:
      - ./web/default.conf:/etc/nginx/conf.d/default.conf:ro
    networks:
      - front
    depends_on:
      - api

  api:
    image: steiger/logbook:2.0
    restart: unless-stopped
    environment:
      LOGBOOK_TITLE: Harbour $LAB_TITLE
      LOGBOOK_DB_HOST: db
      LOGBOOK_DB_PASSWORD_FILE: /run/secrets/password
    secrets:
      - password
    networks:
      - front
      - back
    depends_on:
      db:
        condition: service_healthy
    deploy:
      replicas: $LAB_REPLICAS

  db:
    image: mariadb
    restart: unless-stopped
    environment:
      MARIADB_RANDOM_ROOT_PASSWORD: "1"
      MARIADB_DATABASE: logbook
      MARIADB_USER: logbook
      MARIADB_PASSWORD_FILE: /run/secrets/password
    secrets:
      - password
    volumes:
      - data:/var/lib/mysql
    networks:
      - back
    healthcheck:
      test: ["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"]
      interval: 1s
      timeout: 5s
      retries: 30

networks:
  front:
  back:
    internal: true

volumes:
  data:

secrets:
  password:
    file: ./secrets/password.txt
END

cat > compose.dev.yaml << END
services:
  web:
    ports: !override
      - "$LAB_SIDE:80"
  api:
    environment:
      LOGBOOK_TITLE: Draft $LAB_DRAFT
    deploy:
      replicas: 1
END

docker compose up -d
until docker compose exec -T api logbook add "first entry $LAB_ENTRY"; do sleep 0.2; done
docker compose down --timeout 1
docker compose up -d

docker compose -f compose.yaml -f compose.dev.yaml -p "$LAB_DEV" up -d
