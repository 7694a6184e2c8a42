# shellcheck shell=bash
# The name of the registry is on it, and nothing was sent: what was there goes first.
name="$LAB_REGISTRY/v2/$LAB_DEPOT/manifests"
digest=$(curl --silent --head --header 'Accept: application/vnd.docker.distribution.manifest.v2+json' "http://$name/1.0" |
  tr -d '\r' | sed -n 's/^docker-content-digest: //Ip')
curl --silent --fail --request DELETE "http://$name/$digest"
docker tag steiger/ferry:1.0 "$LAB_REGISTRY/$LAB_DEPOT:1.0"
