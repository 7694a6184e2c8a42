#!/usr/bin/env bash
# The virtual machine runs as root, as with sudo; here a container gives the right to.
set -eu

kill "$(cat vm.pid)"
while kill -0 "$(cat vm.pid)" 2> /dev/null; do sleep 0.1; done
docker run -d --name "$LAB_DECK-root" --network host --pid host -v /:/machine busybox chroot /machine \
  qemu-system-x86_64 -accel tcg -cpu Nehalem,-cx16 -m "$LAB_RAM" -nodefaults -display none \
  -kernel "$PWD/vmlinuz" -initrd "$PWD/initrd" -append "quiet hostname=$LAB_VESSEL code=$LAB_SIGNAL" \
  -nic "user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:$LAB_BERTH-:80"
until curl -s --max-time 2 "localhost:$LAB_BERTH" > seen.txt; do sleep 0.2; done
