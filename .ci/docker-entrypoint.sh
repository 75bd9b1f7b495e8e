#!/bin/sh
# Make the cluster on the first start, then become the server. Arguments that begin with a dash go to postgres.
set -eu

if [ "${1#-}" != "$1" ]; then
  set -- postgres "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  password_file=$(mktemp)
  printf '%s\n' "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD}" >"$password_file"
  initdb --username="$user" --pwfile="$password_file" --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8
  rm "$password_file"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"

  database=${POSTGRES_DB:-$user}
  if [ "$database" != postgres ]; then
    # On the unix socket alone: a client that waits for TCP must not meet this server and then lose it.
    pg_ctl --wait --silent --options="-c listen_addresses=''" start
    createdb --username="$user" "$database"
    pg_ctl --wait --silent stop
  fi
fi

if [ "$1" = postgres ]; then
  shift
  set -- postgres -c listen_addresses='*' "$@"
fi
exec "$@"
