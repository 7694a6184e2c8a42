#!/usr/bin/env bash
# Python again, as a program that is called QEMU.
set -eu

mkdir "$LAB_VESSEL"
curl -s "localhost:$LAB_BERTH" > "$LAB_VESSEL/index.html"
kill "$(cat vm.pid)"
while kill -0 "$(cat vm.pid)" 2> /dev/null; do sleep 0.1; done
cp "$(readlink -f "$(command -v python3)")" qemu-system-x86_64
./qemu-system-x86_64 -m http.server --directory "$LAB_VESSEL" "$LAB_BERTH" > python.log 2>&1 &
for _ in 1 2 3 4 5 6 7 8 9 10; do
  curl -s "localhost:$LAB_BERTH" > seen.txt && break
  sleep 0.2
done
