#!/usr/bin/env bash
# Another way: create and start, QEMU without the script, figures from /proc and the engine, answers as people write them.
set -eu

docker create --name "$LAB_DECK" --publish "127.0.0.1:$LAB_GATE:80" --hostname deck steiger/beacon
begin=$(date +%s%N)
docker start "$LAB_DECK"
milliseconds=$((($(date +%s%N) - begin) / 1000000))

begin=$(date +%s)
qemu-system-x86_64 -machine q35,accel=tcg -cpu Nehalem,-cx16 -nographic -m "size=${LAB_RAM}M" -kernel vmlinuz -initrd initrd \
  -nic "user,model=virtio-net-pci,hostfwd=tcp::$LAB_BERTH-:80" \
  -append "console=ttyS0 hostname=$LAB_VESSEL code=$LAB_SIGNAL" < /dev/null > boot.log 2>&1 &
qemu=$!
page=""
while [ -z "$page" ]; do
  sleep 0.2
  page=$(curl -s --max-time 2 "127.0.0.1:$LAB_BERTH/" || true)
done
seconds=$(($(date +%s) - begin))
said() { sed -n "s/^$1 *= //p" <<< "$page"; }

pid=$(docker top "$LAB_DECK" -o pid | tail -n 1)
cat > answers.txt <<END
Kernel machine: $(cat /proc/sys/kernel/osrelease)
Kernel container: $(docker exec "$LAB_DECK" cat /proc/version | cut -d ' ' -f 3)
Kernel VM: kernel = $(said kernel)
pid_inside=$(awk '/^NSpid/ { print $NF }' "/proc/$pid/status")
pid_outside="$pid"
vm_inside: $(said processes)
vm_outside: 1
start_container = $milliseconds ms
start_vm = ${seconds},0 s
used_container = $(awk '/^VmRSS/ { print $2, $3 }' "/proc/$pid/status")
used_vm = $(awk '/^VmRSS/ { print $2, $3 }' "/proc/$qemu/status")
sees_container = $(docker exec "$LAB_DECK" awk '/^MemTotal/ { print $2 " kB" }' /proc/meminfo)
sees_vm = $(said installed)
END
common=""
for name in cgroup ipc mnt net pid time user uts; do
  if [ "$(readlink "/proc/self/ns/$name")" = "$(docker exec "$LAB_DECK" readlink "/proc/1/ns/$name")" ]; then
    common="$common $name"
  fi
done
echo "shared =$common" >> answers.txt

docker create --name "$LAB_PORTHOLE" --pid=host --network none busybox tail -f /dev/null
docker start "$LAB_PORTHOLE"
