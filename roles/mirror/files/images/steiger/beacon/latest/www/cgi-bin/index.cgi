#!/bin/sh
# What this beacon sees of the machine around it.
# Built-ins of the shell alone: in an emulated machine each process more costs a tenth of a second.
read -r name </proc/sys/kernel/hostname
read -r kernel </proc/sys/kernel/osrelease
read -r up _ </proc/uptime
ready=-
if [ -r /run/ready ]; then read -r ready </run/ready; fi
while read -r key size _; do
  case $key in MemTotal:) memory=$size ;; esac
done </proc/meminfo
pages=0
while read -r key count _; do
  case $key in present) pages=$((pages + count)) ;; esac
done </proc/zoneinfo
count=0 list=''
for home in /proc/[0-9] /proc/[0-9][0-9] /proc/[0-9][0-9][0-9] /proc/[0-9][0-9][0-9][0-9]*; do
  { read -r program <"$home/comm"; } 2>/dev/null || continue
  count=$((count + 1))
  list="$list
${home#/proc/} $program"
done
cat <<END
Content-Type: text/plain

name      = $name
code      = ${code:--}
kernel    = $kernel
up        = $up s
ready     = $ready s
installed = $(((pages * 4 + 1023) / 1024)) MiB
memory    = $((memory / 1024)) MiB
processes = $count

PID program$list
END
