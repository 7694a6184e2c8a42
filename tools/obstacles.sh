# shellcheck shell=bash
# shellcheck disable=SC2154
# Part of ./setup: what can be in the way of it on a machine, looked at before anything is changed.
# It uses tell, die, opt, check and head of ./setup.

one_at_a_time() {
  local lock=/run/steiger-setup.lock
  if [[ $check && ! -e $lock ]]; then return; fi
  exec 9<>"$lock"
  if ! flock -n 9; then
    die 'Another ./setup is at work here (process %s). Wait until it is done.' \
      'Er is hier al een ./setup bezig (proces %s). Wacht tot die klaar is.' "$(<"$lock")"
  fi
  if [[ ! $check ]]; then printf '%s\n' "$$" >"$lock"; fi
}

supported() {
  local ID='' VERSION_ID='' PRETTY_NAME=''
  if [[ -r /etc/os-release ]]; then
    # shellcheck source=/dev/null
    . /etc/os-release
  fi
  case $ID-$VERSION_ID in
    debian-12 | debian-13 | ubuntu-24.04 | ubuntu-26.04) ;;
    *)
      die 'This is %s. Steiger works on Debian 12 and 13; Ubuntu 24.04 and 26.04 are accepted, and not tried yet.' \
        'Dit is %s. Steiger werkt op Debian 12 en 13; Ubuntu 24.04 en 26.04 mogen ook, maar zijn nog niet geprobeerd.' "${PRETTY_NAME:-an unknown system}"
      ;;
  esac
}

room() { # a machine that has everything needs little more
  local need=3072 place free seen=' ' device
  if [[ -e $opt/current ]]; then need=200; fi
  for place in / /usr /opt /var; do
    read -r device free < <(df -P -m -- "$place" | awk 'NR == 2 {print $1, $4}')
    if [[ $seen == *" $device "* ]]; then continue; fi
    seen+="$device "
    if [[ $place == /opt && $need == 3072 ]]; then need=300; fi
    if ((free < need)); then
      die 'Only %s MB is free on %s and %s MB is needed: make room and run ./setup again.' \
        'Er is maar %s MB vrij op %s en er is %s MB nodig: maak ruimte en draai ./setup opnieuw.' "$free" "$place" "$need"
    fi
  done
}

foreign_lab() {
  local link=/usr/local/bin/lab
  if [[ -e $link || -L $link ]] && [[ $(readlink -- "$link") != "$opt"/* ]]; then
    die '%s is there already and is not of Steiger: move it away and run ./setup again.' \
      '%s bestaat al en is niet van Steiger: zet het weg en draai ./setup opnieuw.' "$link"
  fi
}

apt_holder() { # prints the process that holds one of apt's locks, in the kernel's own list
  local file inode kind pid place fd
  for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock; do
    if [[ ! -e $file ]]; then continue; fi
    inode=$(stat -c %i -- "$file")
    while read -r _ kind _ _ pid place _; do
      if [[ $kind != POSIX || $place != *:$inode ]]; then continue; fi
      for fd in "/proc/$pid/fd/"*; do
        if [[ $fd -ef $file ]]; then
          printf '%s (%s)' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c -60 | sed 's/[[:cntrl:]]//g; s/ *$//')"
          return
        fi
      done
    done </proc/locks
  done
}

apt_free() {
  local limit=${STEIGER_APT_WAIT:-120} holder='' waited=0
  while holder=$(apt_holder) && [[ $holder ]]; do
    if ((waited == 0)); then
      printf '\n'
      tell '        apt is in use by process %s; waiting for at most %s s' \
        '        apt is in gebruik door proces %s; we wachten hooguit %s s' "$holder" "$limit"
    fi
    if ((waited >= limit)); then
      die 'apt is still in use after %s s, by process %s. Let it finish, then run ./setup again.' \
        'apt is na %s s nog in gebruik, door proces %s. Laat dat klaar zijn en draai ./setup opnieuw.' "$limit" "$holder"
    fi
    sleep 1
    waited=$((waited + 1))
  done
  if ((waited)); then printf '%s ' "$head"; fi
}
