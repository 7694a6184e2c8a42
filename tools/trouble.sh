# shellcheck shell=bash
# shellcheck disable=SC2154
# Part of ./setup: says in one line what went wrong. Nothing here is a guess: it was seen, or it is what a program said.
# It uses tell, lang and work of ./setup.

explain() { # file: one line that says what to do; tools/reasons.py knows what the programs say
  local python
  if say_blocked; then return; fi
  touch -- "$work/earlier"
  for python in /usr/bin/python3 "${STEIGER_PYTHON:-}"; do
    if [[ -x $python ]] && "$python" -E -s -B "$work/house/tools/reasons.py" "$lang" "$1" "$work/earlier" 2>/dev/null; then return; fi
  done
  say_own_words "$1"
}

say_own_words() { # file: what apt says itself, and where it has that from; where there is no Python yet
  local line='' url='' host='' file
  if grep -Eq '^E: (Unable to locate package|Package .* has no installation candidate)' -- "$1"; then
    line=$(grep -m 1 -E '^[EW]: Failed to fetch' -- "$work/earlier" || true)
  fi
  line=${line:-$(grep '^E: ' -- "$1" | tail -n 1 || true)}
  line=${line:-$(grep '[^[:space:]]' -- "$1" | tail -n 1 || true)}
  if [[ $line =~ (https?://)([^/@[:space:]]+@)?([^/:[:space:]\']+)[^[:space:]\']* ]]; then
    url=${BASH_REMATCH[0]%%/dists/*} host=${BASH_REMATCH[3]}
    if [[ $line == *resolv* ]] && ! timeout 10 getent ahosts "$host" >/dev/null; then
      tell 'The network does not answer: nothing tells the address of %s. Check the connection (and /etc/resolv.conf) and run ./setup again.' \
        'Het netwerk geeft geen antwoord: niets vertelt het adres van %s. Kijk je verbinding na (en /etc/resolv.conf) en draai ./setup opnieuw.' "$host"
      return
    fi
    file=$(grep -lrF -- "${url%/}" /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
  fi
  printf '%s%s\n' "$(cut -c -400 <<<"$line" | sed 's#://[^/@ ]*@#://#g')" "${file:+ ($file)}"
}

say_blocked() { # says it when a place of ours cannot be written any more; a quota does not show in df
  local place probe why
  for place in /var/lib /opt "${work:-/opt}"; do
    probe=$place/.steiger.$$
    why=$(LC_ALL=C dd if=/dev/zero of="$probe" bs=1M count=2 2>&1 || true)
    if [[ $why == *'No space'* && ! -e $probe ]]; then
      tell 'No file can be made any more in %s (df -i %s shows its inodes): remove some and run ./setup again.' \
        'In %s is geen bestand meer te maken (df -i %s laat de inodes zien): verwijder er een paar en draai ./setup opnieuw.' "$place" "$place"
    elif [[ $why == *'No space'* ]]; then
      tell 'The disk of %s is full: make room (df -h %s shows it) and run ./setup again.' \
        'De schijf van %s is vol: maak ruimte (df -h %s laat het zien) en draai ./setup opnieuw.' "$place" "$place"
    elif [[ $why == *quota* ]]; then
      tell 'The quota of %s is used up: make room (df -h %s and quota show it) and run ./setup again.' \
        'Het quotum van %s is op: maak ruimte (df -h %s en quota laten het zien) en draai ./setup opnieuw.' "$place" "$place"
    elif [[ $why == *'Read-only'* ]]; then
      tell 'The file system of %s is read-only (findmnt -T %s shows it): make it writable and run ./setup again.' \
        'Het bestandssysteem van %s is alleen-lezen (findmnt -T %s laat het zien): maak het beschrijfbaar en draai ./setup opnieuw.' "$place" "$place"
    else
      rm -f -- "$probe" 2>/dev/null || true
      continue
    fi
    rm -f -- "$probe" 2>/dev/null || true
    return 0
  done
  return 1
}
