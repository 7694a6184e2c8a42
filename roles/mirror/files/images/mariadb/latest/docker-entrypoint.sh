#!/bin/bash
# Starts MariaDB; the first time, with an empty data folder, it makes the database that the environment asks for.
set -euo pipefail
shopt -s nullglob

data=/var/lib/mysql
socket=/run/mysqld/mysqld.sock

say() { printf '%(%F %T)T+00:00 [%s] [Entrypoint]: %s\n' -1 "$1" "${*:2}"; }

give_up() {
  say ERROR "$@" >&2
  exit 1
}

# What runs a command as the user mysql; the passwords do not go along.
as_mysql=(env -u MARIADB_ROOT_PASSWORD -u MARIADB_PASSWORD -u MYSQL_ROOT_PASSWORD -u MYSQL_PASSWORD)
if [ "$(id -u)" = 0 ]; then
  as_mysql=(setpriv --reuid=mysql --regid=mysql --init-groups "${as_mysql[@]}")
fi

# Fills MARIADB_x from MARIADB_x, the file in MARIADB_x_FILE, or the same under the old name MYSQL_x.
setting() {
  local name file value=''
  for name in "MARIADB_$1" "MYSQL_$1"; do
    file=${name}_FILE
    if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
      give_up "both $name and $file are set: only one of them can be right"
    elif [ -n "${!name:-}" ]; then
      value=${!name}
    elif [ -n "${!file:-}" ]; then
      [ -r "${!file}" ] || give_up "$file is ${!file}, which cannot be read"
      value=$(< "${!file}")
    fi
    [ -z "$value" ] || break
  done
  declare -gx "MARIADB_$1=$value"
}

# Writes a text as SQL, in quotes.
quoted() {
  local text=${1//\\/\\\\}
  text=${text//\'/\\\'}
  printf "'%s'" "${text//$'\n'/\\n}"
}

# Writes a name as SQL, in backquotes.
# shellcheck disable=SC2016
named() { printf '`%s`' "${1//\`/\`\`}"; }

# Writes the statements, a line each, that the environment asks for.
statements() {
  local host key
  key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '[mariadb-client]\nuser=healthcheck\npassword=%s\nprotocol=tcp\n' "$key" |
    "${as_mysql[@]}" sh -c "umask 077; cat > '$data/.first/.my-healthcheck.cnf'"
  echo 'FLUSH PRIVILEGES;'
  echo "ALTER USER root@localhost IDENTIFIED BY $(quoted "$MARIADB_ROOT_PASSWORD");"
  echo "CREATE USER root@'%' IDENTIFIED BY $(quoted "$MARIADB_ROOT_PASSWORD");"
  echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
  for host in localhost 127.0.0.1 ::1; do
    echo "CREATE USER healthcheck@'$host' IDENTIFIED BY '$key';"
  done
  if [ -n "$MARIADB_DATABASE" ]; then
    echo "CREATE DATABASE IF NOT EXISTS $(named "$MARIADB_DATABASE");"
  fi
  if [ -n "$MARIADB_USER" ] && [ -n "$MARIADB_PASSWORD" ]; then
    echo "CREATE USER $(quoted "$MARIADB_USER")@'%' IDENTIFIED BY $(quoted "$MARIADB_PASSWORD");"
    if [ -n "$MARIADB_DATABASE" ]; then
      echo "GRANT ALL ON $(named "${MARIADB_DATABASE//_/\\_}").* TO $(quoted "$MARIADB_USER")@'%';"
    fi
  fi
}

# Sends SQL to the server that runs while the files of /docker-entrypoint-initdb.d are handled.
docker_process_sql() {
  local database=()
  [ -z "$MARIADB_DATABASE" ] || database=(--database="$MARIADB_DATABASE")
  MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb --protocol=socket --socket="$socket" -uroot "${database[@]}" "$@"
}

# Handles the files of /docker-entrypoint-initdb.d with a server that nobody else can reach.
handle_files() {
  local file server
  "${as_mysql[@]}" "$@" --skip-networking &
  server=$!
  until docker_process_sql -e 'SELECT 1' > /dev/null 2>&1; do
    kill -0 "$server" 2> /dev/null || give_up 'the server does not start'
    sleep 0.1
  done
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh)
        say Note "running $file"
        # shellcheck disable=SC1090
        if [ -x "$file" ]; then "$file"; else . "$file"; fi
        ;;
      *.sql)
        say Note "running $file"
        docker_process_sql < "$file"
        ;;
      *.sql.gz)
        say Note "running $file"
        gunzip -c "$file" | docker_process_sql
        ;;
      *) say Warn "ignoring $file" >&2 ;;
    esac
  done
  kill "$server"
  wait "$server"
}

first_start() {
  local name
  for name in ROOT_PASSWORD DATABASE USER PASSWORD; do
    setting "$name"
  done
  if [ -z "$MARIADB_ROOT_PASSWORD" ] && [ -n "${MARIADB_RANDOM_ROOT_PASSWORD:-${MYSQL_RANDOM_ROOT_PASSWORD:-}}" ]; then
    MARIADB_ROOT_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    say Note "GENERATED ROOT PASSWORD: $MARIADB_ROOT_PASSWORD"
  fi
  if [ -z "$MARIADB_ROOT_PASSWORD" ] && [ -z "${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD:-${MYSQL_ALLOW_EMPTY_PASSWORD:-}}" ]; then
    give_up 'this is the first start, and no password for root is given: set one of' \
      'MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_FILE, MARIADB_RANDOM_ROOT_PASSWORD, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD'
  fi

  say Note 'making the database'
  # What was left of a first start that was killed is no database yet, and goes.
  rm -rf "$data/.first"
  "${as_mysql[@]}" mkdir "$data/.first"
  "${as_mysql[@]}" tar -C "$data/.first" -xzf /usr/local/share/mariadb/template.tar.gz
  statements | "${as_mysql[@]}" "$@" --datadir="$data/.first" --bootstrap --innodb-flush-method=nosync --debug-no-sync \
    2> /tmp/bootstrap.log || give_up "the database cannot be made: $(grep -m3 ERROR /tmp/bootstrap.log)"
  rm -f /tmp/bootstrap.log "$data/.first/ibtmp1"
  # shellcheck disable=SC2016
  "${as_mysql[@]}" sh -c 'cd "$1/.first" && for part in * .[!.]*; do [ "$part" = mysql ] || mv "$part" ..; done &&
    mv mysql .. && rmdir ../.first' sh "$data"
  local files=(/docker-entrypoint-initdb.d/*)
  if [ ${#files[@]} -gt 0 ]; then
    handle_files "$@"
  fi
  say Note 'the database is made, ready for start up'
}

if [[ ${1:-} == -* ]]; then
  set -- mariadbd "$@"
fi
if [ "${1:-}" != mariadbd ]; then
  exec "$@"
fi
if [ "$(id -u)" = 0 ]; then
  mkdir -p "${socket%/*}"
  chown mysql:mysql "${socket%/*}"
  find "$data" ! -user mysql -exec chown mysql:mysql {} +
fi
if [ ! -d "$data/mysql" ]; then
  first_start "$@"
fi
exec "${as_mysql[@]}" "$@"
