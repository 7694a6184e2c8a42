# shellcheck shell=bash
# The way of the guide: one docker command after the other.

docker pull --quiet steiger/ferry:1.0

digest=$(docker pull steiger/ferry:2.0 | sed -n 's/^Digest: //p')
docker create --name "$LAB_PIN" "steiger/ferry@$digest"

label=org.opencontainers.image.revision
revision=$(docker image inspect --format "{{ index .Config.Labels \"$label\" }}" "$LAB_CARGO:new")
docker tag "$LAB_CARGO:new" "$LAB_CARGO:$revision"

code=$(docker history --no-trunc --format '{{ .CreatedBy }}' "$LAB_CARGO:new" |
  sed -n 's/.*ACCESS_CODE=\([0-9a-f]\{10\}\).*/\1/p')
sed -i "s/^code =.*/code = $code/" answers.txt

docker tag steiger/ferry:1.0 "$LAB_REGISTRY/$LAB_DEPOT:1.0"
docker push --quiet "$LAB_REGISTRY/$LAB_DEPOT:1.0"

docker save --output "$LAB_ATTIC.tar" "$LAB_ATTIC"
docker rmi "$LAB_ATTIC:1" "$LAB_ATTIC:latest"

docker load --quiet --input delivery.tar

for id in $(docker images --all --quiet --filter dangling=true --filter "label=nl.steiger.stamp=$LAB_STAMP"); do
  case $(docker image inspect --format '{{ index .Config.Labels "org.opencontainers.image.title" }}' "$id") in
    draft) docker rmi "$id" ;;
    logbook) docker tag "$id" "$LAB_LOGBOOK:1" ;;
  esac
done
