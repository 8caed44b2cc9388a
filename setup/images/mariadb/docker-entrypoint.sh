#!/bin/bash
# As in the image on Docker Hub: makes the system tables in an empty data directory, then runs the
# server as the user mysql.
set -Eeuo pipefail

DATADIR=/var/lib/mysql

# The first that is given of MARIADB_<name>, MARIADB_<name>_FILE and the same with MYSQL_.
setting() {
  local prefix name file
  for prefix in MARIADB MYSQL; do
    name="${prefix}_$1" file="${prefix}_${1}_FILE"
    if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
      echo "$name and $file are both set; give one of them" >&2
      exit 1
    fi
    if [ -n "${!file:-}" ]; then
      cat -- "${!file}"
      return
    fi
    if [ -n "${!name:-}" ]; then
      printf '%s' "${!name}"
      return
    fi
  done
}

run_as_mysql() {
  mkdir -p "$DATADIR"
  find "$DATADIR" ! -user mysql -exec chown mysql:mysql {} +
  exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
}

# A text as SQL; backslashes first, then quotes.
quoted() {
  local text="${1//\\/\\\\}"
  printf "'%s'" "${text//\'/\\\'}"
}

identifier() {
  printf '`%s`' "${1//\`/\`\`}"
}

accounts() {
  local password="$1" host
  host="$(setting ROOT_HOST)"
  # The others have no password.
  echo "DELETE FROM mysql.global_priv WHERE user = '' OR (user = 'root' AND host <> 'localhost');"
  echo 'FLUSH PRIVILEGES;'
  echo "SET PASSWORD FOR 'root'@'localhost' = PASSWORD($(quoted "$password"));"
  if [ "${host:=%}" != localhost ]; then
    echo "CREATE USER 'root'@$(quoted "$host") IDENTIFIED BY $(quoted "$password");"
    echo "GRANT ALL ON *.* TO 'root'@$(quoted "$host") WITH GRANT OPTION;"
  fi
  [ -z "$database" ] || echo "CREATE DATABASE IF NOT EXISTS $(identifier "$database");"
  [ -n "$user" ] || return 0
  echo "CREATE USER $(quoted "$user")@'%' IDENTIFIED BY $(quoted "$user_password");"
  # In a grant, an underscore in the name of a database stands for any character.
  [ -z "$database" ] ||
    echo "GRANT ALL ON $(identifier "${database//_/\\_}").* TO $(quoted "$user")@'%';"
}

make_data() {
  local root_password user user_password database file server
  root_password="$(setting ROOT_PASSWORD)"
  if [ -z "$root_password" ] && [ -z "$(setting ALLOW_EMPTY_ROOT_PASSWORD)$(setting ALLOW_EMPTY_PASSWORD)" ]; then
    if [ -z "$(setting RANDOM_ROOT_PASSWORD)" ]; then
      echo 'MARIADB_ROOT_PASSWORD or MARIADB_ROOT_PASSWORD_FILE must give the password of root' >&2
      exit 1
    fi
    root_password="$(head -c 24 /dev/urandom | base64)"
  fi
  user="$(setting USER)"
  user_password="$(setting PASSWORD)"
  database="$(setting DATABASE)"
  mariadb-install-db --datadir="$DATADIR" --auth-root-authentication-method=normal --skip-test-db \
    --cross-bootstrap --innodb-flush-method=nosync >/dev/null
  # Without TCP, so that nobody takes this server for the real one.
  mariadbd --skip-networking --innodb-flush-method=nosync &
  server=$!
  for _ in {1..600}; do
    mariadb-admin --user=root --silent ping >/dev/null 2>&1 && break
    kill -0 "$server"
    sleep 0.05
  done
  accounts "$root_password" | mariadb --user=root
  export MYSQL_PWD="$root_password"
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) mariadb --user=root $database <"$file" ;;
      *.sql.gz) gunzip -c "$file" | mariadb --user=root $database ;;
    esac
  done
  unset MYSQL_PWD
  kill "$server"
  wait "$server"
  sync --file-system "$DATADIR"
}

[ "${1:0:1}" != - ] || set -- mariadbd "$@"
[ "$1" != mysqld ] || set -- mariadbd "${@:2}"
if [ "$1" = mariadbd ]; then
  [ "$(id -u)" != 0 ] || run_as_mysql "$@"
  [ -d "$DATADIR/mysql" ] || make_data
fi
exec "$@"
