# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# Part of ./setup: the folder that a run works in, the log and apt's record, and what killed runs left of them.
# It uses die, explain, home, kept, places and the variables of the options of ./setup.

sweep() { # folders of runs that were killed: no process has the number in their name
  local place folder
  for place in "${places[@]}"; do
    for folder in "$place"/.steiger-setup.*; do
      if [[ -O $folder && ! -L $folder && ! -d /proc/${folder##*.} ]]; then rm -rf -- "$folder"; fi
    done
  done
}

make_work() { # sets work: a folder from which programs run, which not every /tmp allows, and with room for them
  local place free need=40
  if [[ $check || $remove ]]; then need=300; fi
  if [[ ! $check ]]; then sweep; fi
  for place in "${places[@]}"; do
    work=$place/.steiger-setup.$$
    free=$(df -P -m -- "$place" 2>/dev/null | awk 'NR == 2 {print $4}' || true)
    if ((${free:-0} >= need)) && mkdir -m 700 -- "$work" 2>/dev/null; then
      if printf '#!/bin/sh\n' >"$work/try" && chmod 700 "$work/try" && "$work/try" 2>/dev/null; then return; fi
      rm -rf -- "$work"
    fi
  done
  work=''
  die 'There is no place to work in: one of /opt, /var/lib, /root, /var/tmp and /tmp needs %s MB, and programs must be allowed to run from it (not mounted noexec).' \
    'Er is geen plek om te werken: een van /opt, /var/lib, /root, /var/tmp en /tmp moet %s MB hebben, en er moeten programma'"'"'s uit mogen draaien (niet met noexec aangekoppeld).' "$need"
}

open_work() {
  make_work
  trap interrupted INT TERM HUP
  mkdir "$work/house"
  : >"$work/output"
  # A copy of one's own: the clone may be another's, read-only, on a Windows disk, or have a name that Ansible reads as a template.
  local part parts=()
  while read -r part; do
    if [[ -e $home/$part ]]; then parts+=("$part"); fi
  done <"$home/tools/parts"
  if ! tar -c -C "$home" --exclude=__pycache__ "${parts[@]}" 2>"$work/output" |
    tar -x --no-same-owner --no-same-permissions -C "$work/house" 2>>"$work/output"; then
    die '%s' '%s' "$(explain "$work/output")"
  fi
  if [[ $check || $remove ]]; then
    log=$work/log
    record=$work/apt.conf
    : >"$record"
  else
    mkdir -p "${log%/*}" "$kept/apt"
    rm -f -- "$kept/rest"  # of a removal that was cut off
    if [[ -e $log ]]; then mv -- "$log" "$log.1"; fi
    (umask 077 && : >"$log")
    printf 'Dir::Log::History "%s/apt/history.log";\nAPT::Keep-Downloaded-Packages "false";\nAPT::Get::Remove "false";\n' "$kept" >"$work/record"
    if ! cmp -s "$work/record" "$record"; then mv -- "$work/record" "$record"; fi
    # Ansible marks what it is asked for as wanted, also what was there for another's sake.
    if [[ ! -e $kept/apt/extended_states && -e /var/lib/apt/extended_states ]]; then
      cp -- /var/lib/apt/extended_states "$work/record"
      mv -- "$work/record" "$kept/apt/extended_states"
    fi
  fi
  date '+%F %T ./setup' >>"$log"
}
