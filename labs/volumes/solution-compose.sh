#!/usr/bin/env bash
# A third way: everything that stays is in one compose file; jobs that end are one-off services.
set -eu

cat > compose.yaml <<YAML
name: harbour-$LAB_VOL
services:
  sender:
    image: busybox
    container_name: $LAB_SENDER
    command: sh -c "echo $LAB_MESSAGE > /shared/message.txt && exec sleep infinity"
    network_mode: none
    volumes: ["post:/shared"]
  reader:
    image: busybox
    container_name: $LAB_READER
    command: sleep infinity
    network_mode: none
    volumes: ["post:/shared:ro"]
  site:
    image: nginx
    container_name: $LAB_SITE
    network_mode: bridge
    ports: ["$LAB_GATE:80"]
    volumes: ["./site:/usr/share/nginx/html:ro"]
  desk:
    image: busybox
    container_name: $LAB_DESK
    command: sleep infinity
    network_mode: none
    tmpfs: ["/scratch:size=${LAB_SIZE}m,mode=1770"]
    volumes: ["cargo:/cargo"]
  log:
    image: busybox
    profiles: [jobs]
    command: sh -c "echo $LAB_ENTRY > /log/entry.txt"
    network_mode: none
    volumes: ["log:/log"]
  backup:
    image: debian
    profiles: [jobs]
    command: tar -cz -C /stock .
    network_mode: none
    volumes: ["stock:/stock:ro"]
volumes:
  cargo: {name: "$LAB_VOL", labels: {owner: "$LAB_OWNER"}}
  post: {name: "$LAB_BOX"}
  log: {name: "$LAB_LOG"}
  stock: {name: "$LAB_STOCK", external: true}
YAML
echo "<h1>$LAB_PAGE</h1>" > site/index.html
docker compose up -d --quiet-pull
docker compose run --rm -T log
docker compose run --rm -T backup > backup.tgz

docker run --rm -i -v "$LAB_RESTORED:/data" busybox tar -x -C /data < rescue.tar

docker run --rm --volumes-from "$LAB_WRECK" -v "$LAB_VAULT:/vault" busybox cp -r /data/treasure.txt /vault
docker rm "$LAB_WRECK"
docker volume prune --force --filter "label=nl.steiger.wreck=$LAB_WRECK"

for _ in 1 2 3 4 5 6 7 8 9 10; do
  docker exec "$LAB_SITE" test -s /var/run/nginx.pid && break
  sleep 0.1
done
