# shellcheck shell=bash
# An install with what a backup holds.

# unpack FILE DIRECTORY: refused where a byte is not as it was.
unpack() {
  (tar -xzf "$1" -C "$2" --no-same-owner && cd "$2" && sha256sum --quiet -c SHA256SUMS) >/dev/null 2>&1 ||
    die "$1 is no backup, or was damaged: nothing was changed" "use another; each is listed with its sha256 when it is made"
  [ "$(jq -r .format "$2/manifest.json")" = 1 ] || die "$1 was made by a newer deploy.sh" "use that one"
}

restore() {
  local work name
  file=$(realpath "$file")
  work=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  unpack "$file" "$work"
  if [ -n "$(jq -r '.masterKey // ""' "$work/manifest.json")" ] && [ ! -s "$file.key" ]; then
    die "what is sealed in $file opens with its master key alone, and there is no $file.key: nothing was changed" "put the file back that deploy.sh backup wrote beside it (master key $(jq -r .masterKey "$work/manifest.json"))"
  fi
  # What is of the platform comes from the backup, what is of the machine from here.
  grep -E '^(DOMAIN|INSTANCE|ACME_EMAIL|ACME_DIRECTORY_URL|SOCKET_PROXY)=' "$work/env" >"$work/platform"
  settle "$work/platform"
  run_checks
  if [ -n "$check_only$dry_run" ]; then say "$file is whole: $(jq -r '"\(.schema), of \(.createdAt)"' "$work/manifest.json"). Nothing was changed."; exit; fi
  install -d -m 755 "$dir"
  install -d -m 711 "$dir/secrets"
  [ -e "$dir/settings.env" ] || cp "$work/settings.env" "$dir/settings.env"
  for name in telegram_bot_token telegram_webhook_secret acme_ca; do secret $name 10100 <"$work/$name"; done
  lay_ground
  restore_database "$work/database.dump"
  migrate
  if [ -s "$file.key" ]; then restore_master_key "$file.key"; fi
  quietly compose up --no-start edge || die "the edge's container could not be made" "see the message above"
  docker cp - "${setting[EDGE_CONTAINER]}:/edge" <"$work/edge.tar"
  if [ -s "$work/operator.key" ]; then (umask 077 && cp "$work/operator.key" "$dir/operator.key"); fi
  start_server
  quietly compose restart edge
  start_edge
  make_key
  write_env
  report
  say "What Docker has of this Troupe and the backup does not know is left as it is: $dir/deploy.sh status lists it."
}

# restore_master_key FILE: the one in force, if it is another, stays beside it.
restore_master_key() {
  local work
  work=$(mktemp -d)
  quietly compose up --no-start troupe || die "the server's container could not be made" "see the message above"
  if docker cp "$(container troupe):$master_key" - 2>/dev/null | tar -xO >"$work/secrets.key.before_restore" 2>/dev/null && cmp -s "$1" "$work/secrets.key.before_restore"; then
    rm -rf "$work"
    return
  fi
  [ -s "$work/secrets.key.before_restore" ] || rm -f "$work/secrets.key.before_restore"
  cp "$1" "$work/secrets.key"
  chmod 600 "$work"/*
  (cd "$work" && tar --owner=10100 --group=10100 -cf - -- *) | docker cp - "$(container troupe):${master_key%/*}" || die "the master key could not be put in place" "see the message above"
  rm -rf "$work"
  say "Master key: restored"
}

# restore_database DUMP: into a database beside the one in force, which is exchanged only once it is known to be good.
restore_database() {
  local rows name
  rows=$(psql -d troupe -c "SELECT CASE WHEN to_regclass('environments') IS NULL THEN 0 ELSE 1 END")
  [ "$rows" = 0 ] || rows=$(psql -d troupe -c 'SELECT count(*) FROM environments')
  if [ "$rows" != 0 ] && [ -z "$yes" ]; then
    [ -t 0 ] || die "the database in force has $rows environments" "--yes exchanges it; it stays beside, as troupe_before_restore"
    read -rp "The database in force has $rows environments. Exchange it? (yes/no) " name
    [ "$name" = yes ] || exit 1
  fi
  psql -d postgres -c 'DROP DATABASE IF EXISTS troupe_restored' -c 'CREATE DATABASE troupe_restored'
  docker exec -i "$(container postgres)" pg_restore -U troupe --exit-on-error --no-owner -d troupe_restored <"$1" || die "the dump could not be restored: the database in force is as it was" "see the message above"
  sed 's|/troupe$|/troupe_restored|' "$dir/secrets/database_url" | { rm -f "$dir/secrets/restored_url"; secret restored_url 10100; }
  database_secret=restored_url examine_schema
  rm -f "$dir/secrets/restored_url"
  quietly compose stop troupe || true
  psql -d postgres -c 'DROP DATABASE IF EXISTS troupe_before_restore WITH (FORCE)' \
    -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'troupe'" >/dev/null
  psql -d postgres -c 'ALTER DATABASE troupe RENAME TO troupe_before_restore' -c 'ALTER DATABASE troupe_restored RENAME TO troupe'
  say "Database: restored; the former one is kept as troupe_before_restore"
}
