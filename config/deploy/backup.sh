# shellcheck shell=bash
# One file with all that cannot be made again.

# Where the server has its master key: in the volume of its own.
master_key=/var/lib/troupe/secrets.key

# sealed_by: the master keys that the database's sealed values need, by id; "" where there are none.
sealed_by() {
  if [ "$(psql -d troupe -c "SELECT to_regclass('data_keys') IS NOT NULL")" = t ]; then
    psql -d troupe -c "SELECT COALESCE(string_agg(DISTINCT master_id, ','), '') FROM data_keys"
  fi
}

# backup FILE; what is sealed in it opens with FILE.key alone.
backup() {
  local work name master
  [ "$(state postgres)" = healthy ] || die "PostgreSQL is $(state postgres)" "$dir/deploy.sh upgrade starts it"
  work=$(mktemp -d "$dir/backups/.new.XXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  docker exec "$(container postgres)" pg_dump -U troupe -Fc troupe >"$work/database.dump" || die "pg_dump failed" "see the message above"
  docker cp "${setting[EDGE_CONTAINER]}:/edge/." - >"$work/edge.tar" || die "the edge's volume could not be read" "start the edge: $dir/deploy.sh upgrade"
  cp -p "$dir/.env" "$work/env"
  cp -p "$dir/settings.env" "$work/settings.env"
  for name in telegram_bot_token telegram_webhook_secret acme_ca; do cat "$dir/secrets/$name" >"$work/$name"; done
  if [ -s "$dir/operator.key" ]; then cat "$dir/operator.key" >"$work/operator.key"; fi
  master=$(sealed_by)
  jq -n --arg master "$master" --arg image "$(docker inspect -f '{{.Config.Image}}' "$(container troupe)" 2>/dev/null || true)" --arg schema "$(psql -d troupe -c 'SELECT max(name) FROM schema_migrations')" \
    '{format: 1, masterKey: $master, image: $image, schema: $schema, createdAt: (now | todate)}' >"$work/manifest.json"
  (cd "$work" && sha256sum -- * >SHA256SUMS)
  (umask 077 && tar -C "$work" -czf "$1.new" .)
  if [ -n "$master" ]; then
    (umask 077 && docker cp "$(container troupe):$master_key" - | tar -xO >"$1.key") || die "the master key could not be read, and the backup would be of little use" "start the server: $dir/deploy.sh upgrade"
  fi
  mv "$1.new" "$1"
  rm -rf "$work"
  if [ -n "$master" ]; then say "Master key $master, without which its sealed values do not open: $1.key; keep it apart from the backup"; fi
  say "Backup: $1, $(du -h "$1" | cut -f1), sha256 $(sha256sum "$1" | cut -d' ' -f1)"
}
