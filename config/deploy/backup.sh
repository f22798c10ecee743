# shellcheck shell=bash
# One file with all that cannot be made again.

# backup FILE
backup() {
  local work name
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
  jq -n --arg image "$(docker inspect -f '{{.Config.Image}}' "$(container troupe)" 2>/dev/null || true)" --arg schema "$(psql -d troupe -c 'SELECT max(name) FROM schema_migrations')" \
    '{format: 1, image: $image, schema: $schema, createdAt: (now | todate)}' >"$work/manifest.json"
  (cd "$work" && sha256sum -- * >SHA256SUMS)
  (umask 077 && tar -C "$work" -czf "$1.new" .)
  mv "$1.new" "$1"
  rm -rf "$work"
  say "Backup: $1, $(du -h "$1" | cut -f1), sha256 $(sha256sum "$1" | cut -d' ' -f1)"
}
