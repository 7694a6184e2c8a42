#!/usr/bin/env bash
# Another way: --mount, docker create and start, docker cp as the carrier, --volumes-from.
set -eu

docker volume create --driver local --label owner="$LAB_OWNER" --label lab=volumes "$LAB_VOL"

printf 'log of today\n%s\n' "$LAB_ENTRY" > entry.txt
docker create --name "$LAB_LOG-helper" --mount "type=volume,src=$LAB_LOG,dst=/srv/log" debian true
docker cp entry.txt "$LAB_LOG-helper:/srv/log/"
docker rm "$LAB_LOG-helper"

docker run -dit --name "$LAB_SENDER" --mount "type=volume,source=$LAB_BOX,target=/post" debian bash
docker run -dit --name "$LAB_READER" --volumes-from "$LAB_SENDER:ro" debian bash
printf '%s' "$LAB_MESSAGE" > message.txt
docker cp message.txt "$LAB_SENDER:/post/message.txt"

ln -s site pages
docker create --name "$LAB_SITE" -p "127.0.0.1:$LAB_GATE:80" \
  --mount "type=bind,src=$PWD/pages/,dst=/usr/share/nginx/html,readonly" nginx
docker start "$LAB_SITE"
echo "$LAB_PAGE" > site/new.html
mv site/new.html site/index.html

docker run -dit --name "$LAB_DESK" \
  --mount "type=tmpfs,destination=/scratch,tmpfs-size=$((LAB_SIZE * 1024 * 1024)),tmpfs-mode=1777" debian

docker create --name "$LAB_STOCK-helper" -v "$LAB_STOCK:/stock" busybox true
docker cp "$LAB_STOCK-helper:/stock" - | gzip > backup.tar.gz
docker rm "$LAB_STOCK-helper"

docker volume create "$LAB_RESTORED"
docker create --name "$LAB_RESTORED-helper" -v "$LAB_RESTORED:/data" busybox true
docker cp - "$LAB_RESTORED-helper:/data" < rescue.tar
docker rm "$LAB_RESTORED-helper"

docker cp "$LAB_WRECK:/data/treasure.txt" .
docker create --name "$LAB_VAULT-helper" -v "$LAB_VAULT:/keep" busybox true
docker cp treasure.txt "$LAB_VAULT-helper:/keep"
nameless=$(docker inspect --format '{{ range .Mounts }}{{ .Name }}{{ end }}' "$LAB_WRECK")
docker rm "$LAB_VAULT-helper" "$LAB_WRECK"
docker volume rm "$nameless"

docker exec "$LAB_SITE" sh -c 'for i in 1 2 3 4 5; do test -s /var/run/nginx.pid && break; sleep 0.1; done'
