# bash completion for lab: its verbs, and the labs of the catalogue
_lab() {
  local current=${COMP_WORDS[COMP_CWORD]} labs
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "list start guide check hint solve reset finish status doctor new verify --lang --help" -- "$current")
    return
  fi
  if [[ ${COMP_WORDS[COMP_CWORD - 1]} == --lang ]]; then
    mapfile -t COMPREPLY < <(compgen -W "nl en" -- "$current")
    return
  fi
  case ${COMP_WORDS[1]} in
    start | guide | check | hint | solve | reset | finish | verify)
      labs=$(shopt -s nullglob && cd "${STEIGER_LABS:-/opt/steiger/current/labs}" 2>/dev/null && printf '%s\n' */lab.yml)
      mapfile -t COMPREPLY < <(compgen -W "${labs//\/lab.yml/}" -- "$current")
      ;;
  esac
}
complete -F _lab lab
