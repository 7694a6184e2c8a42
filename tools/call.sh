# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# Part of ./setup: what it makes of its call, who called it, and what that one may do.
# It uses tell, die, home, said and the variables of the options of ./setup.

usage() {
  tell 'Makes this machine (Debian 12 or 13; Ubuntu 24.04 or 26.04, not tried yet) a lab machine. Run it again whenever you like.

  ./setup              install Docker, the images and the command lab
  ./setup --remove     take away what ./setup made, and nothing else

  --check              say what would change, and change nothing
  --engine-data        with --remove: Docker goes too when there are containers, volumes or images of your own in it
  --lang nl|en         language (otherwise that of your system)
  --verbose            show everything that Ansible says
  --help               this text

Exit status: 0 all right; 2 something is in the way (one line says what to do), or all is done but what a lab waits for
(the last line says what).' \
    'Maakt van deze machine (Debian 12 of 13; Ubuntu 24.04 of 26.04, nog niet geprobeerd) een labmachine. Je mag het altijd opnieuw draaien.

  ./setup              installeer Docker, de images en de opdracht lab
  ./setup --remove     haal weg wat ./setup heeft gemaakt, en verder niets

  --check              vertel wat er zou veranderen, en verander niets
  --engine-data        bij --remove: Docker gaat ook weg als er containers, volumes of images van jezelf in zitten
  --lang nl|en         taal (anders die van je systeem)
  --verbose            laat alles zien wat Ansible zegt
  --help               deze tekst

Afsluitcode: 0 in orde; 2 er zit iets in de weg (één regel zegt wat je kunt doen), of alles is klaar op iets na waar een
lab op wacht (de laatste regel zegt wat).'
}

read_call() {
  local name
  lang=en
  for name in "${LANGUAGE:-}" "${LC_ALL:-}" "${LC_MESSAGES:-}" "${LANG:-}"; do
    if [[ $name ]]; then
      if [[ ${name,,} == nl* ]]; then lang='nl'; fi
      break
    fi
  done
  local help=''
  while (($#)); do
    case $1 in
      --check) check=1 ;;
      --remove) remove=1 ;;
      --engine-data) engine_data=1 ;;
      --verbose) verbose=1 ;;
      --help | -h) help=1 ;;
      --lang=*) set_language "${1#--lang=}" ;;
      --lang)
        set_language "${2:-}"
        shift
        ;;
      *) unknown "$1" ;;
    esac
    shift
  done
  if [[ $help ]]; then
    usage
    exit 0
  fi
}

set_language() {
  case $1 in
    nl | en) lang=$1 ;;
    *) die '--lang knows nl and en, not "%s".' '--lang kent nl en en, niet "%s".' "$1" ;;
  esac
}

unknown() { # the option that shares the longest beginning is the one that was meant
  local option near='' length=2 i
  for option in --check --remove --engine-data --lang --verbose --help; do
    i=0
    while [[ $i -lt ${#1} && ${1:i:1} == "${option:i:1}" ]]; do i=$((i + 1)); done
    if ((i > length)); then near=$option length=$i; fi
  done
  if [[ $near ]]; then
    die 'Unknown option %s. Did you mean %s?' 'Onbekende optie %s. Bedoel je %s?' "$1" "$near"
  fi
  die 'Unknown option %s. ./setup --help names them all.' 'Onbekende optie %s. ./setup --help noemt ze allemaal.' "$1"
}

# ---------------------------------------------------------------- who runs it

become_root() {
  if ((EUID == 0)); then return; fi
  if ! command -v sudo >/dev/null; then
    die 'This needs root, and there is no sudo here: become root with su - and run ./setup again.' \
      'Hiervoor is root nodig, en sudo is er niet: word root met su - en draai ./setup opnieuw.'
  fi
  if ! sudo -n true 2>/dev/null && { [[ ! -t 0 ]] || ! sudo -v; }; then
    die '%s may not use sudo here: become root, or ask whoever manages this machine.' \
      '%s mag hier geen sudo gebruiken: word root, of vraag het aan wie deze machine beheert.' "$(id -un)"
  fi
  # After --remove this session may be in a group that is gone: id names the others, and exits with 1.
  STEIGER_SESSION_GROUPS=$(id -nG 2>/dev/null) || :
  export STEIGER_SESSION_GROUPS
  exec "$home/tools/as-root" bash "$home/setup" "${said[@]}"
}

caller() { # prints who will use docker; nothing when that is root alone, or nobody that Ansible can be told
  # A template of Ansible's begins with a brace; the rest separates the fields of /etc/group.
  local name=${SUDO_USER:-} odd='[[:cntrl:]"{}:,]'
  # shellcheck disable=SC2053  # it is a pattern
  if [[ $name && $name != root && $name != *$odd* ]] && id -u -- "$name" >/dev/null 2>&1; then
    printf '%s' "$name"
  fi
}

with_rights() { # user: prints that name when it may use docker now, which is looked up
  if [[ " $(id -nG -- "$1" 2>/dev/null || true) " == *' docker '* ]]; then printf '%s' "$1"; fi
}

say_rights() { # says who still has to be given the right to use docker
  if [[ ${SUDO_USER:-root} != root ]]; then
    tell '\n%s could not be given the right to use Docker here. Ask whoever manages the accounts to put that name in the group docker; until then, lab works for root.' \
      '\n%s kon hier het recht niet krijgen om Docker te gebruiken. Vraag wie de accounts beheert die naam in de groep docker te zetten; tot dan werkt lab voor root.' "$SUDO_USER"
  elif [[ $(getent group docker) == *: ]]; then
    tell '\nNobody but root may use Docker here yet: run ./setup with sudo as who will, or, as root: usermod --append --groups docker NAME' \
      '\nBehalve root mag hier nog niemand Docker gebruiken: draai ./setup met sudo als wie dat gaat doen, of, als root: usermod --append --groups docker NAAM'
  fi
}
