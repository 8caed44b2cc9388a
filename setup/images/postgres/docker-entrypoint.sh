#!/bin/bash
# As in the image on Docker Hub: makes the cluster in an empty PGDATA, then runs the server as the user
# postgres.
set -Eeuo pipefail

# The value of a variable, or the content of the file that <variable>_FILE names.
setting() {
  local file="${1}_FILE"
  if [ -n "${!1:-}" ] && [ -n "${!file:-}" ]; then
    echo "$1 and $file are both set; give one of them" >&2
    exit 1
  fi
  if [ -n "${!file:-}" ]; then
    cat -- "${!file}"
  else
    printf '%s' "${!1:-${2:-}}"
  fi
}

run_as_postgres() {
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA"
  find "$PGDATA" ! -user postgres -exec chown postgres:postgres {} +
  export HOME=/var/lib/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
}

make_cluster() {
  local method="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" flags
  if [ -z "$password" ] && [ "$method" != trust ]; then
    echo 'POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE must give the password of the superuser' >&2
    exit 1
  fi
  flags=(--username="$POSTGRES_USER" --auth=trust --encoding=UTF8 --no-sync)
  # Like on Docker Hub, this variable holds several words.
  # shellcheck disable=SC2206
  flags+=(${POSTGRES_INITDB_ARGS:-})
  if [ -z "$password" ]; then
    initdb "${flags[@]}"
  else
    initdb "${flags[@]}" --pwfile=<(printf '%s\n' "$password")
  fi
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
  printf "\nlisten_addresses = '*'\n" >>"$PGDATA/postgresql.conf"
}

# Without TCP, so that nobody takes this server for the real one.
fill_cluster() {
  local file
  pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses='' -c fsync=off" --wait --silent start
  export PGUSER="$POSTGRES_USER" PGDATABASE="$POSTGRES_DB"
  [ "$POSTGRES_DB" = postgres ] || createdb --maintenance-db=postgres --owner="$POSTGRES_USER" "$POSTGRES_DB"
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc -f "$file" ;;
    esac
  done
  unset PGUSER PGDATABASE
  pg_ctl --pgdata="$PGDATA" --mode=fast --wait --silent stop
  sync --file-system "$PGDATA"
}

[ "${1:0:1}" != - ] || set -- postgres "$@"
if [ "$1" = postgres ]; then
  [ "$(id -u)" != 0 ] || run_as_postgres "$@"
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # Hooks and scripts read these names.
    POSTGRES_USER="$(setting POSTGRES_USER postgres)"
    POSTGRES_DB="$(setting POSTGRES_DB "$POSTGRES_USER")"
    export POSTGRES_USER POSTGRES_DB
    password="$(setting POSTGRES_PASSWORD)"
    make_cluster
    fill_cluster
  fi
fi
exec "$@"
