#!/bin/bash
# Tells by its exit status whether the server is healthy; the arguments are the tests: --connect, --innodb_initialized.
set -u

own=/var/lib/mysql/.my-healthcheck.cnf
defaults=()
[ ! -r "$own" ] || defaults=(--defaults-extra-file="$own")

connect() {
  ! mariadb "${defaults[@]}" -h localhost --protocol=tcp -e 'SELECT 1' 2>&1 | grep -q "Can't connect"
}

innodb_initialized() {
  [ "$(mariadb "${defaults[@]}" -BN -e "SELECT 1 FROM information_schema.ENGINES
    WHERE ENGINE = 'InnoDB' AND SUPPORT IN ('YES', 'DEFAULT')")" = 1 ]
}

if [ $# -eq 0 ]; then
  echo 'healthcheck.sh: say what to test: --connect, --innodb_initialized' >&2
  exit 1
fi
for argument; do
  case $argument in
    --su-mysql) continue ;;
    --connect | --innodb_initialized) test=${argument#--} ;;
    *)
      echo "healthcheck.sh: $argument is not known" >&2
      exit 1
      ;;
  esac
  if ! "$test"; then
    echo "healthcheck.sh: $test failed" >&2
    exit 1
  fi
done
