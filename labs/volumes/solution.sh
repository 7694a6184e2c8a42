#!/usr/bin/env bash
# The way of the guide: docker run with -v and --tmpfs, and helper containers.
set -eu

docker volume create --label "owner=$LAB_OWNER" "$LAB_VOL"

docker run --rm -v "$LAB_LOG:/log" busybox sh -c "echo '$LAB_ENTRY' > /log/entry.txt"

docker run -d --name "$LAB_SENDER" -v "$LAB_BOX:/out" busybox sleep infinity
docker run -d --name "$LAB_READER" -v "$LAB_BOX:/in" busybox sleep infinity
docker exec "$LAB_SENDER" sh -c "echo '$LAB_MESSAGE' > /out/message.txt"

docker run -d --name "$LAB_SITE" -p "$LAB_GATE:80" -v "$PWD/site:/usr/share/nginx/html:ro" nginx
sed -i "s|<p>.*</p>|<p>Code: $LAB_PAGE</p>|" site/index.html

docker run -d --name "$LAB_DESK" --tmpfs "/scratch:size=${LAB_SIZE}m" busybox sleep infinity

docker run --rm -v "$LAB_STOCK:/data:ro" -v "$PWD:/backup" busybox tar -C /data -cf /backup/backup.tar .

docker run --rm -v "$LAB_RESTORED:/data" -v "$PWD:/backup:ro" busybox tar -C /data -xf /backup/rescue.tar

nameless=$(docker inspect --format '{{ (index .Mounts 0).Name }}' "$LAB_WRECK")
docker run --rm -v "$nameless:/from:ro" -v "$LAB_VAULT:/to" busybox cp -a /from/. /to/
docker rm -v "$LAB_WRECK"

# The web server needs a moment before it answers.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  docker exec "$LAB_SITE" test -s /var/run/nginx.pid && break
  sleep 0.1
done
