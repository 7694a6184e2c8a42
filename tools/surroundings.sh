# shellcheck shell=bash
# shellcheck disable=SC2154
# Part of ./setup, ./test and ./classroom: takes out of the environment what steers the programs that they start.
# What comes through is the language and where packages come from: PIP_*, UV_*, proxies, certificates; and STEIGER_*.
# `needed` is the name of a variable that the caller needs all the same, or empty.
# What `lab` takes out, which serves the user's own shell, is less: src/steiger/surroundings.py.

for name in $(compgen -e); do
  case $name in
    "$needed") ;;
    ANSIBLE_* | PYTHON* | DOCKER_* | PERL* | APT_* | DPKG_* | DEBCONF_* | TAR_OPTIONS | GREP_* | POSIXLY_CORRECT) unset "$name" ;;
    BASH_ENV | ENV | CDPATH | GLOBIGNORE | TMPDIR | TMP | TEMP | LD_*) unset "$name" ;;
  esac
done
unset name
