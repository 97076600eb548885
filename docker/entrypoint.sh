#!/bin/sh
# Starts Maillard in its container: checks the data folder, waits for the database if one is named, then becomes the
# program (exec: signals of `docker stop` reach it). Arguments are those of `maillard`; the image's default is "serve".
#   DATABASE_URL              a PostgreSQL server; without it the embedded one is used, in MAILLARD_HOME
#   MAILLARD_DATABASE_WAIT    seconds to wait for that server to accept connections (default 60)
#   MAILLARD_DATABASE_RETRY   seconds between two tries (default 1)
set -eu

application=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
home=${MAILLARD_HOME:-/data}
wait_s=${MAILLARD_DATABASE_WAIT:-60}
retry_s=${MAILLARD_DATABASE_RETRY:-1}

say() { printf 'maillard  %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

wait_for_database() {
  deadline=$(($(date +%s) + wait_s))
  told=no
  while :; do
    status=0
    reason=$(node "$application/docker/probe-database.mjs" 2>&1) || status=$?
    case $status in
      0) return 0 ;;
      2) fail "$reason" ;;
    esac
    if [ "$(date +%s)" -ge "$deadline" ]; then
      fail "The database did not accept connections within ${wait_s} s: ${reason}. Is it running, and is DATABASE_URL right? MAILLARD_DATABASE_WAIT=<seconds> waits longer."
    fi
    if [ "$told" = no ]; then
      say "waiting up to ${wait_s} s for the database: ${reason}"
      told=yes
    fi
    sleep "$retry_s"
  done
}

case ${1:-serve} in
  serve | worker)
    case $wait_s in
      '' | *[!0-9]*) fail "MAILLARD_DATABASE_WAIT must be a whole number of seconds; it is \"$wait_s\"." ;;
    esac
    [ -d "$home" ] || mkdir -p "$home" 2>/dev/null || fail "The data folder $home does not exist and cannot be made. Mount a volume there."
    [ -w "$home" ] || fail "The data folder $home must be writable by user $(id -u); it is not. Mount a volume that this user owns."
    if [ -n "${DATABASE_URL:-}" ]; then
      wait_for_database
    else
      say "DATABASE_URL is not set: the embedded PostgreSQL keeps its data in $home"
    fi
    ;;
esac

[ $# -gt 0 ] || set -- serve
exec node "$application/dist/cli/main.js" "$@"
