#!/bin/bash
# What Steiger is measured against: the same packages and the same images in the same registry, made by a plain script.
# Run as root on a fresh Debian 12 or 13, from a clone; it is made for benchmarks/run and takes nothing away.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
recipes=$root/roles/mirror/files/images
registry=127.0.0.1:5000
# Each after what it is built on.
images=(debian:latest busybox:latest nginx:latest hello-world:latest steiger/ferry:1.0 steiger/ferry:2.0 steiger/ferry:latest
  steiger/beacon:latest steiger/vm:latest python:slim steiger/logbook:1.0 steiger/logbook:2.0 steiger/logbook:latest
  steiger/pilot:1.0 steiger/tide:1.0 mariadb:latest)
packages=(
  bash-completion ca-certificates curl iproute2 less procps python3 python3-apt python3-pip-whl
  docker.io docker-cli docker-buildx docker-compose apparmor
  docker-registry mmdebstrap
  qemu-system-x86
)

export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y install --no-install-recommends "${packages[@]}"

cat >/etc/docker/registry/config.yml <<C
version: 0.1
storage:
  filesystem:
    rootdirectory: /var/lib/docker-registry
  delete:
    enabled: true
http:
  addr: $registry
C
cat >/etc/docker/daemon.json <<C
{"registry-mirrors": ["http://$registry"]}
C
systemctl restart docker-registry docker

fetch() { # from upstream, when that answers
  [[ $image != */* && $upstream ]] && docker pull --quiet "$image"
}

make() {
  if [[ $image != debian:* ]]; then
    docker build --quiet --tag "$image" "$recipes/${image/://}"
    return
  fi
  local work options
  work=$(mktemp -d)
  mapfile -t options < <(grep -v '^#' "$recipes/debian/latest/mmdebstrap")
  # shellcheck source=/dev/null
  mmdebstrap --quiet "${options[@]}" "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$work/rootfs.tar"
  # Not by ADD in a Dockerfile: in an unprivileged instance that trips over the devices in the tar.
  docker import --change 'CMD ["bash"]' "$work/rootfs.tar" debian
  rm -r "$work"
}

upstream=$(curl --silent --max-time 5 --output /dev/null https://registry-1.docker.io/v2/ && echo answers || true)
for image in "${images[@]}"; do
  fetch || make
  name=$registry/$image
  if [[ $image != */* ]]; then name=$registry/library/$image; fi
  docker tag "$image" "$name"
  docker push --quiet "$name"
done
# A student's engine begins empty.
docker system prune --all --force >/dev/null
docker images --quiet | sort -u | xargs --no-run-if-empty docker rmi --force >/dev/null
