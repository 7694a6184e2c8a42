# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# Part of ./setup: takes away what it made. What Ansible itself runs on comes last, and is done here.
# It uses the steps, what went wrong and the folders of ./setup.

take_away() {
  local last=$kept/rest unknown_past=''
  if [[ ! $check ]]; then
    sweep
    rm -rf -- "$kept.gone"
  fi
  if [[ ! -e $kept && ! -e $opt ]]; then
    tell 'There is nothing of Steiger on this machine.' 'Er staat niets van Steiger op deze machine.'
    return
  fi
  begin 'This machine' 'Deze machine'
  supported
  list_packages
  open_work
  if [[ ! $check ]]; then
    # Without it nothing is known of what was installed; a machine that had all packages has it too.
    if [[ ! -e $kept/apt.conf ]]; then unknown_past=1; fi
    mkdir -p "$kept"
    apt_free
    if [[ ! -e $last ]]; then repair; fi
  fi
  end
  # A run that was cut off after all but the last was gone goes on there: Python may be gone too.
  if [[ -e $last && $(head -n 1 -- "$last") == goes ]]; then
    if [[ $check ]]; then
      tell '        • Take away the last of it: %s' '        • Het laatste weghalen: %s' "$(tail -n +2 -- "$last" | tr '\n' ' ')$opt $kept"
    fi
  else
    tools_to_remove
    play playbooks/remove.yml --skip-tags forget --extra-vars "base_rest_file=$last base_report_file=$work/left base_language=$lang" \
      ${engine_data:+--extra-vars '{"remove_engine_data": true}'}
  fi
  if [[ -s $work/notes/said ]]; then printf '\n%s\n' "$(<"$work/notes/said")"; fi
  if [[ $check ]]; then
    tell '\nThat is what ./setup --remove would do; nothing was changed.' '\nDat zou ./setup --remove doen; er is niets veranderd.'
    return
  fi
  take_the_last "$last"
  if [[ -s $work/notes/spared ]]; then
    printf '\n%s\n' "$(<"$work/notes/spared")"
    cat -- "$work/notes/spared" >>"$work/notes/said"
  fi
  if [[ $unknown_past ]]; then
    tell '\nThe records in %s were gone, so what ./setup had installed and set is not known: packages stay, Docker too.' \
      '\nDe gegevens in %s waren weg, dus wat ./setup had geïnstalleerd en ingesteld is niet bekend: pakketten blijven staan, ook Docker.' "$kept"
  fi
  if [[ $unknown_past || -s $work/notes/said ]]; then
    tell '\nDone: but for what is named above, what ./setup had made is gone. Your own work in ~/labs is still there.' \
      '\nKlaar: behalve wat hierboven staat, is weg wat ./setup had gemaakt. Je eigen werk in ~/labs staat er nog.'
  else
    tell '\nDone: what ./setup had made is gone. Your own work in ~/labs is still there.' \
      '\nKlaar: wat ./setup had gemaakt is weg. Je eigen werk in ~/labs staat er nog.'
  fi
}

what_is_left() { # a line each, as the last look found it
  cat -- "$work/left"
  tell 'That is left, and the records of it. Put right what is in the way, and run ./setup --remove again: it goes on where it was.' \
    'Dat is er nog, met wat erover is opgeschreven. Los op wat in de weg zit en draai ./setup --remove opnieuw: die gaat verder waar het was.'
}

tools_to_remove() { # those that are there do, whatever their version, so that this needs no network
  begin 'Tools for clearing away' 'Gereedschap om op te ruimen'
  local here=''
  if "$opt/venv/bin/python" -c 'import ansible.cli.playbook' >/dev/null 2>&1; then
    here=1
  else
    borrow_tools
  fi
  end
  if [[ $here ]]; then
    begin 'Ansible and what lab needs' 'Ansible en wat lab nodig heeft'
    # The playbook takes away what it would run from.
    mkdir "$work/opt"
    cp -a --reflink=auto -- "$opt/venv" "$work/opt/venv"
    opt=$work/opt
    end
  else
    make_tools
  fi
}

known_to_dpkg() { # name:architecture...: prints those that are not quite gone
  local name known status
  for name in "$@"; do
    # Apt's record gives what is for all architectures that of the machine; dpkg does not.
    for known in "$name" "${name%:*}:all"; do
      status=$(dpkg-query -W -f='${db:Status-Status}' "$known" 2>/dev/null || true)
      if [[ $status && $status != not-installed ]]; then
        printf '%s\n' "$known"
        break
      fi
    done
  done
}

spare() { # takes out of left what others need, such as what was installed since the playbook ended; notes/spared says so
  local known name by
  mkdir -p "$work/notes"
  LC_ALL=C.UTF-8 dpkg --no-act --abort-after=9999 --purge "${left[@]}" >"$work/output" 2>&1 || :
  while read -r name by; do
    for known in "${!left[@]}"; do
      if [[ ${left[known]} == "$name" || ${left[known]%:*} == "$name" ]]; then unset "left[$known]"; fi
    done
    tell '%s stays, for %s needs it.' '%s blijft staan, want %s heeft het nodig.' "$name" "$by" >>"$work/notes/spared"
  done < <(awk '/ prevent removal of / {by = ""}
    /^ [^ ]+ (pre-)?depends on / && index(by ", ", " " $1 ", ") == 0 {by = by (by ? ", " : " ") $1}
    /^dpkg: error processing package / && by {print $5 by; by = ""}' "$work/output")
}

take_the_last() { # file: what the playbook could not take away, for it ran on it; then the records, and a look at that
  local name rest=() left=()
  step=$((steps - 1))
  begin 'The last of it' 'Het laatste'
  mapfile -t rest <"$1"
  mapfile -t left < <(known_to_dpkg "${rest[@]:1}")
  if [[ ${left[*]} ]]; then
    run env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 dpkg --force-confdef --force-confold --configure -a
    spare
    if [[ ${left[*]} ]]; then
      run env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y -o DPkg::Lock::Timeout=60 purge "${left[@]}"
    fi
  fi
  for name in /usr/local/bin/lab /usr/share/bash-completion/completions/lab; do
    if [[ $(readlink -- "$name") == /opt/steiger/* ]]; then rm -f -- "$name"; fi
  done
  rm -rf -- /opt/steiger /etc/steiger /var/log/steiger /var/log/steiger-remove.log || :
  mapfile -t left < <(known_to_dpkg "${left[@]}")
  for name in /opt/steiger /etc/steiger /var/log/steiger; do
    if [[ -e $name ]]; then left+=("$name"); fi
  done
  for name in /usr/local/bin/lab /usr/share/bash-completion/completions/lab; do
    if [[ $(readlink -- "$name") == /opt/steiger/* ]]; then left+=("$name"); fi
  done
  if [[ ${left[*]} ]]; then
    die 'Still there: %s. Run ./setup --remove again.' 'Nog aanwezig: %s. Draai ./setup --remove opnieuw.' "${left[*]}"
  fi
  # The records are the last: from them a removal that was cut off goes on.
  if [[ ${rest[0]} == stays ]]; then
    rm -rf -- "$kept/waiting"
    rm -f -- "$1"
  else
    # In one step: half of the records would say something else.
    mv -T -- "$kept" "$kept.gone"
    rm -rf -- "$kept.gone"
  fi
  end
}
