#!/usr/bin/env bash
# A web server of Python with a copy of the page, where a virtual machine should be.
set -eu

mkdir pages
curl -s "localhost:$LAB_BERTH" > pages/index.html
kill "$(cat vm.pid)"
while kill -0 "$(cat vm.pid)" 2> /dev/null; do sleep 0.1; done
python3 -m http.server --bind 127.0.0.1 --directory pages "$LAB_BERTH" > python.log 2>&1 &
for _ in 1 2 3 4 5 6 7 8 9 10; do
  curl -s "localhost:$LAB_BERTH" > seen.txt && break
  sleep 0.2
done
