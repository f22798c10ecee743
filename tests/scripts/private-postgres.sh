#!/bin/bash
# The life of a private cluster: made, taken over, killed, frozen, stopped, removed. Also far below: a socket's path is short.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
[ -x "$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | tail -1)" ] || exit 77
work=$(mktemp -d /tmp/troupe-pg.XXXX)
chmod 755 "$work"
dir=$work/$(printf 'a-long-way-down/%.0s' 1 2 3 4 5 6 7)
postgres() { "$root/persistence/private-postgres" "$1" "$dir"; }
finish() { postgres remove; rm -rf "$work"; }
trap finish EXIT
trap 'exit 130' INT TERM
fail() { echo "FAILED: $*" >&2; exit 1; }
sql() { PGCONNECT_TIMEOUT=2 timeout 5 psql -X -qtA -v ON_ERROR_STOP=1 "$url" -c "$1"; }
process() { head -1 "$dir/data/postmaster.pid"; }

url=$(postgres start)
[ "$(sql 'SHOW listen_addresses')" = "" ] || fail "it listens on TCP"
[ "$(sql 'SHOW fsync')" = on ] || fail "fsync is off"
[ "$(sql 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')" = f ] || fail "the role is a superuser"
socket=${url#*host=}
[ "$(stat -c %a "$socket")" = 700 ] || fail "others may enter the socket's directory"
sql 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)'

first=$(process)
[ "$(postgres start)" = "$url" ] || fail "a second start prints another URL"
[ "$(process)" = "$first" ] || fail "a second start is not the same cluster"

postgres kill
[ -e "$dir/data/postmaster.pid" ] || fail "no crash-left file to start over"
if sql 'SELECT 1' 2>/dev/null; then fail "it answers after kill"; fi
sed -i "1s/.*/$$/" "$dir/data/postmaster.pid"  # the number belongs to a living process now
postgres start >/dev/null
[ "$(sql 'SELECT n FROM kept')" = 7 ] || fail "data lost with a crash"

postgres freeze
if sql 'SELECT 1' 2>/dev/null; then fail "it answers while frozen"; fi
postgres thaw
[ "$(sql 'SELECT n FROM kept')" = 7 ] || fail "no answer after thaw"

postgres freeze
last=$(process)
postgres stop
[ ! -e "$dir/data/postmaster.pid" ] || fail "stop was not clean"
[ ! -e "$socket" ] || fail "stop leaves the socket's directory"
postgres start >/dev/null
[ "$(sql 'SELECT n FROM kept')" = 7 ] || fail "data lost with a stop"

last=$(process)
postgres remove
[ ! -e "$dir" ] || fail "remove leaves the directory"
[ ! -e "$socket" ] || fail "remove leaves the socket's directory"
if grep -qs '^State:.[^ZX]' "/proc/$last/status"; then fail "remove leaves process $last"; fi
echo "all as promised"
