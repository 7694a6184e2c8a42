# shellcheck shell=bash
# No docker command at all: the Engine API over its socket, and the registry's own API for the push.
# No version in the paths: there is none that both Debian 12's engine and Docker 29 speak.

engine() { curl --silent --show-error --fail --unix-socket /var/run/docker.sock "http://engine$1" "${@:2}"; }
registry() { curl --silent --show-error --fail "http://$LAB_REGISTRY/v2$1" "${@:2}"; }
manifests='Accept: application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json'

engine "/images/create?fromImage=steiger/ferry&tag=1.0" --request POST >/dev/null

digest=$(registry /steiger/ferry/manifests/2.0 --head --header "$manifests" |
  tr -d '\r' | sed -n 's/^docker-content-digest: //Ip')
engine "/images/create?fromImage=steiger/ferry&tag=$digest" --request POST >/dev/null
engine "/containers/create?name=$LAB_PIN" --header 'Content-Type: application/json' \
  --data "{\"Image\": \"steiger/ferry@$digest\"}"

revision=$(engine "/images/$LAB_CARGO:new/json" | grep -o '"org.opencontainers.image.revision":"[^"]*' | cut -d'"' -f4)
engine "/images/$LAB_CARGO:new/tag?repo=$LAB_CARGO&tag=$revision" --request POST

code=$(engine "/images/$LAB_CARGO:new/history" | grep -o 'ACCESS_CODE=[0-9a-f]\{10\}' | cut -d= -f2)
printf '# From the history\nCode: "%s"\n' "$code" >answers.txt

registry /steiger/ferry/manifests/1.0 --header "$manifests" --output manifest.json
type=$(grep -o '"mediaType": *"[^"]*' manifest.json | head -n 1 | cut -d'"' -f4)
mapfile -t blobs < <(grep -o 'sha256:[0-9a-f]\{64\}' manifest.json)
for blob in "${blobs[@]}"; do
  registry "/$LAB_DEPOT/blobs/uploads/?mount=$blob&from=steiger/ferry" --request POST
done
registry "/$LAB_DEPOT/manifests/1.0" --request PUT --header "Content-Type: $type" --data-binary @manifest.json
rm manifest.json

engine "/images/$LAB_ATTIC/get" --output "$LAB_ATTIC.tar"
for tag in latest 1; do
  engine "/images/$LAB_ATTIC:$tag" --request DELETE
done

engine /images/load --request POST --header 'Content-Type: application/x-tar' --data-binary @delivery.tar

# A prune leaves what a container uses: that is the logbook.
engine /images/prune --request POST --get --data-urlencode \
  "filters={\"dangling\": [\"true\"], \"label\": [\"nl.steiger.stamp=$LAB_STAMP\"]}"
logbook=$(engine "/containers/$LAB_LOGBOOK/json" | grep -o '"Image":"sha256:[0-9a-f]*' | head -n 1 | cut -d'"' -f4)
engine "/images/$logbook/tag?repo=$LAB_LOGBOOK&tag=1" --request POST
