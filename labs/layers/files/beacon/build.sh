# Makes a program of a source, signed with a key:  sh build.sh SOURCE KEY > PROGRAM
# It needs perl, the way a compiler needs its libraries; the program itself needs a shell only.
set -eu
seal=$(cat "$2" "$1" | sha256sum | cut -d ' ' -f 1)
flashes=$(perl -ne 'next if /^#/; chomp; print join(" ", map { sprintf("%08b", ord) } split(//)) =~ tr/01/.-/r' "$1")
printf '#!/bin/sh\n# seal %s\necho "%s"\n' "$seal" "$flashes"
