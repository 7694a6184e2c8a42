# shellcheck shell=bash
# Docker, but other verbs: run pulls, buildx copies inside the registry, tar reads the history.

docker run --rm steiger/ferry:1.0 true

# latest and 2.0 share a digest; a tag before the @ is allowed and ignored.
digest=$(docker buildx imagetools inspect "$LAB_REGISTRY/steiger/ferry:latest" | awk '$1 == "Digest:" { print $2 }')
docker run --detach --name "$LAB_PIN" --restart unless-stopped "steiger/ferry:2.0@$digest"

docker save "$LAB_CARGO:new" >cargo.tar
mkdir cargo
tar -C cargo -xf cargo.tar
code=$(grep -rhao 'ACCESS_CODE=[0-9a-f]\{10\}' cargo | head -n 1)
revision=$(grep -rhao '"org.opencontainers.image.revision":"[^"]*' cargo | head -n 1 | cut -d'"' -f4)
rm -r cargo cargo.tar
echo "code = $code" >answers.txt
docker image tag "$(docker images --quiet "$LAB_CARGO:new")" "$LAB_CARGO:$revision"

docker buildx imagetools create --tag "$LAB_REGISTRY/$LAB_DEPOT:1.0" "$LAB_REGISTRY/steiger/ferry:1.0"

docker save "$LAB_ATTIC:1" | gzip >"$LAB_ATTIC.tar"
docker image rm --force "$(docker images --quiet "$LAB_ATTIC:1")"

docker load <delivery.tar

docker image prune --force --filter "label=nl.steiger.stamp=$LAB_STAMP"
docker tag "$(docker inspect --format '{{ .Image }}' "$LAB_LOGBOOK")" "$LAB_LOGBOOK:1"
docker rm "$LAB_LOGBOOK"
