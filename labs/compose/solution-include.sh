#!/usr/bin/env bash
# Another way: a file for each part, put together with include, and a second environment that includes the first.
set -eu

cat > data.yaml << END
services:
  db:
    image: mariadb
    environment: {MARIADB_ROOT_PASSWORD_FILE: /run/secrets/pass, MARIADB_DATABASE: logbook,
      MARIADB_USER: logbook, MARIADB_PASSWORD_FILE: /run/secrets/pass}
    secrets: [pass]
    volumes: [entries:/var/lib/mysql]
    networks: [hold]
    healthcheck: {test: mariadb-admin ping --silent, interval: 1s, retries: 60}
networks:
  hold: {internal: true}
volumes:
  entries:
secrets:
  pass: {environment: DB_PASSWORD}
END

cat > pages.yaml << END
services:
  web:
    build: {context: ., dockerfile: Dockerfile.web}
    image: $LAB_PROJECT-web
    ports: ["$LAB_GATE:80"]
    networks: [deck]
  api:
    image: steiger/logbook:2.0
    scale: $LAB_REPLICAS
    env_file: logbook.env
    secrets: [pass]
    networks: [deck, hold]
    depends_on: {db: {condition: service_healthy}}
networks:
  deck:
END
printf 'FROM nginx\nCOPY web/default.conf /etc/nginx/conf.d/default.conf\n' > Dockerfile.web
printf 'LOGBOOK_TITLE=%s\nLOGBOOK_DB_HOST=db\nLOGBOOK_DB_PASSWORD_FILE=/run/secrets/pass\n' "$LAB_TITLE" > logbook.env
printf 'COMPOSE_PROJECT_NAME=%s\nDB_PASSWORD=%s\n' "$LAB_PROJECT" "$LAB_PASSWORD" > .env

printf 'include:\n  - data.yaml\n  - pages.yaml\n' > compose.yaml

cat > changes.yaml << END
services:
  web: {ports: !override ["127.0.0.1:$LAB_SIDE:80"]}
  api: {environment: {LOGBOOK_TITLE: "$LAB_DRAFT"}, scale: 1}
END
printf 'include:\n  - path: [pages.yaml, changes.yaml]\n  - data.yaml\n' > drydock.yaml

docker compose up -d --build
docker compose exec -T api logbook add "$LAB_ENTRY"
docker compose down --timeout 1
docker compose up -d
docker compose -f drydock.yaml -p "$LAB_DEV" up -d
