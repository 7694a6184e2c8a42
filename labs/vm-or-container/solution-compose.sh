#!/usr/bin/env bash
# Another way: the containers from a compose file, all figures from the pages of the beacons.
set -eu

put() { sed -i "s|^$1 =.*|$1 = $2|" answers.txt; }

cat > compose.yaml <<END
services:
  deck:
    image: steiger/beacon
    container_name: $LAB_DECK
    ports: ["$LAB_GATE:80"]
  porthole:
    image: busybox
    container_name: $LAB_PORTHOLE
    command: sleep infinity
    pid: host
networks:
  default:
    name: $LAB_DECK-net
END
docker compose pull --quiet
begin=$(date +%s.%N)
docker compose up -d
put start_container "$(date +%s.%N | awk -v begin="$begin" '{ printf "%.2f", $1 - begin }')"
begin=$(date +%s.%N)
bash boot-vm "$LAB_VESSEL" "$LAB_BERTH" "$LAB_RAM" "$LAB_SIGNAL"
put start_vm "$(date +%s.%N | awk -v begin="$begin" '{ printf "%.2f", $1 - begin }')"

said() { curl -s "localhost:$1" | sed -n "s/^$2 *= //p"; }
put kernel_machine "$(uname -sr)"
put kernel_container "$(said "$LAB_GATE" kernel)"
put kernel_vm "$(said "$LAB_BERTH" kernel)"
pid=$(pgrep -f -o 'httpd -f -p 80 -h /www')
put pid_inside "$(docker compose exec -T deck pidof httpd)"
put pid_outside "$pid"
put vm_inside "$(said "$LAB_BERTH" processes)"
put vm_outside "$(pidof qemu-system-x86_64 | wc -w)"
put used_container "$(ps -o rss= -p "$pid" | awk '{ printf "%.1f MiB", $1 / 1024 }')"
put used_vm "$(ps -o rss= -C qemu-system-x86_64 | awk '{ printf "%.1f MiB", $1 / 1024 }')"
put sees_container "$(said "$LAB_GATE" installed)"
put sees_vm "$(said "$LAB_BERTH" memory)"
shared=$(docker compose exec -T deck ls -l /proc/1/ns | awk '/->/ { print $NF }' | sort -u > inside.ns
  find /proc/self/ns -printf '%l\n' | sort -u | comm -12 - inside.ns | cut -d : -f 1 | paste -sd ' ')
put shared "$shared"
