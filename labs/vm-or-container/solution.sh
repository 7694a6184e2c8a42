#!/usr/bin/env bash
# The way of the guide: docker run and boot-vm, measured with time, seen with uname, ps and the beacon's page.
set -eu

put() { sed -i "s|^$1 =.*|$1 = $2|" answers.txt; }

TIMEFORMAT=%R

docker pull --quiet steiger/beacon
put start_container "$({ time docker run -d --name "$LAB_DECK" -p "$LAB_GATE:80" steiger/beacon > /dev/null; } 2>&1)"
put start_vm "$({ time ./boot-vm "$LAB_VESSEL" "$LAB_BERTH" "$LAB_RAM" "$LAB_SIGNAL"; } 2>&1)"
curl -s "localhost:$LAB_BERTH" > vm.txt
curl -s "localhost:$LAB_GATE" > container.txt

put kernel_machine "$(uname -r)"
put kernel_container "$(docker exec "$LAB_DECK" uname -r)"
put kernel_vm "$(sed -n 's/^kernel *= //p' vm.txt)"

pid=$(docker inspect --format '{{ .State.Pid }}' "$LAB_DECK")
put pid_inside "$(docker exec "$LAB_DECK" ps | awk '/httpd -f/ { print $1; exit }')"
put pid_outside "$pid"
put vm_inside "$(sed -n 's/^processes *= //p' vm.txt)"
put vm_outside "$(pgrep -c -f "qemu.*hostname=$LAB_VESSEL")"

put used_container "$(ps -o rss= -p "$pid") KiB"
put used_vm "$(ps -o rss= -p "$(cat vm.pid)" | awk '{ print int($1 / 1024) }')"
put sees_container "$(sed -n 's/^memory *= //p' container.txt)"
put sees_vm "$(sed -n 's/^memory *= //p' vm.txt)"

kinds() { "$@" sh -c 'ls -l /proc/self/ns' | awk '/->/ { print $(NF-2), $NF }' | sort; }
kinds env > machine.ns
kinds docker exec "$LAB_DECK" > container.ns
put shared "$(comm -12 machine.ns container.ns | awk '!/children/ { printf "%s, ", $1 }' | sed 's/, $//')"

docker run -d --name "$LAB_PORTHOLE" --pid host busybox sleep infinity
