#!/usr/bin/env bash
# The file was changed after the start, by way of a new file, as editors do.
set -eu

sed -i 's/^motto = .*/motto = Steady as she goes/' logbook.ini
docker restart -t 0 "$LAB_BOARD"
until curl -s "localhost:$LAB_GATE" | grep -q Steady; do sleep 0.05; done
sed "s/^motto = .*/motto = $LAB_MOTTO/" logbook.ini > logbook.new
mv logbook.new logbook.ini
