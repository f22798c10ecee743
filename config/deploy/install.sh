# shellcheck shell=bash
# An install from its first to its last step, which an upgrade is too.

start_database() {
  local before
  before=$(container postgres)
  quietly compose up -d postgres || die "PostgreSQL could not be started" "see the message above"
  wait_for postgres 90 || die "PostgreSQL does not become healthy" "$dir/deploy.sh status; its log: docker logs $(container postgres)"
  [ "$(container postgres)" = "$before" ] || say "PostgreSQL: started"
}

# examine_schema: sets `pending`; dies where the database is newer than the image, before anything was touched.
examine_schema() {
  local said code=0
  said=$(one_shot "${setting[TROUPE_IMAGE]}" migrate --check 2>&1) || code=$?
  pending=$(sed -n 's/^pending //p' <<<"$said")
  if [ "$code" != 0 ] && [ -z "$pending" ]; then
    die "${setting[TROUPE_IMAGE]} cannot serve this database: ${said#troupe migrate: }" "use a version at least as new as the one that ran last, or restore a backup made before it"
  fi
}

migrate() {
  [ -n "$pending" ] || return 0
  if [ -n "$former_image" ] && [ "$verb" != restore ]; then
    say "Before the database changes:"
    backup "$dir/backups/before-$version-$(date -u +%Y%m%dT%H%M%SZ).tar.gz"
  fi
  one_shot "${setting[TROUPE_IMAGE]}" migrate || die "the database could not be migrated; it is as it was before the step that failed, and the former version goes on" "report this; the words above are PostgreSQL's"
}

start_server() {
  local before
  before=$(container troupe)
  if quietly compose up -d troupe && wait_for troupe 120; then
    [ "$(container troupe)" = "$before" ] || say "Troupe: started ${setting[TROUPE_IMAGE]}"
    return
  fi
  if [ -n "$former_image" ] && [ -z "$pending" ]; then
    setting[TROUPE_IMAGE]=$former_image
    quietly compose up -d troupe
    write_env
    if wait_for troupe 120; then die "the new version did not become healthy: the former one runs again" "its log is above"; fi
  fi
  die "Troupe does not become healthy; tenants' services go on as they are" "mend what its log above says, then run this again"
}

start_edge() {
  local before
  before=$(container edge)
  quietly compose up -d --remove-orphans || die "the edge could not be started" "see the message above"
  wait_for edge 60 || die "the edge does not become healthy" "its log is above"
  [ "$(container edge)" = "$before" ] || say "Edge: started"
}

make_key() {
  [ ! -s "$dir/operator.key" ] || return 0
  (umask 077 && one_shot "${setting[TROUPE_IMAGE]}" key create --name operator | tail -1 >"$dir/operator.key.new")
  mv "$dir/operator.key.new" "$dir/operator.key"
}

report() {
  cat <<REPORT

Troupe (${setting[TROUPE_IMAGE]}) serves ${setting[PUBLIC_BASE_URL]} (its certificate may take a minute after the first start)
  API key of the operator   $dir/operator.key
  the API on this machine   http://127.0.0.1:${setting[DOOR_PORT]}
Next:
  curl -H "X-API-Key: \$(cat $dir/operator.key)" ${setting[PUBLIC_BASE_URL]}/environments
  $dir/deploy.sh status; $dir/deploy.sh backup, each night (docs/backup.md)
  close UDP 4789 and TCP+UDP 7946, TCP 2377 to the world in your firewall (docs/security.md)
REPORT
}

# The steps in order; with --dry-run only said.
put_in_place() {
  ask_for DOMAIN "Domain of this platform, leading to this server"
  ask_for ACME_EMAIL "E-mail for the certificate authority"
  run_checks
  if [ -n "$check_only" ]; then say "All is well: nothing was changed."; exit; fi
  if [ -n "$dry_run" ]; then dry_run; exit; fi
  lay_ground
  examine_schema
  migrate
  start_server
  start_edge
  make_key
  write_env
  report
}

# Up to a PostgreSQL that answers.
lay_ground() {
  install -d -m 755 "$dir"
  exec 9>"$dir/.lock"
  flock -n 9 || die "another deploy.sh works in $dir" "wait for it"
  former_image=$(docker inspect -f '{{.Image}}' "$(container troupe)" 2>/dev/null) || former_image=""
  make_images
  # Where it can be known by now that this version is too old, nothing else is touched.
  if [ "$verb" != restore ] && [ "$(state postgres)" = healthy ]; then examine_schema; fi
  make_files
  make_swarm
  isolate
  [ -e "$dir/.env" ] || write_env
  start_database
}

dry_run() {
  say "Would, in this order and only where it is not so already:"
  say "  get the images ${setting[image]:-${setting[INSTANCE]}:$version}, ${setting[edge_image]:-${setting[INSTANCE]}-edge:$version}, ${setting[POSTGRES_IMAGE]}: built, pulled or already there"
  say "  write $dir: .env, settings.env, secrets (0400), Compose files, this script"
  [ "$(jq -r .Swarm.LocalNodeState <<<"$info")" != inactive ] || say "  make a Swarm, networks from $(choose_pool)"
  say "  set the packet rules of docker/tenant-isolation, and again before each start of Docker"
  say "  start PostgreSQL; refuse if its database is newer than $version; back up, then migrate, if migrations are pending"
  say "  start Troupe, then the edge, waiting for the health of each"
  say "  make the operator's key: $dir/operator.key"
  say "Nothing was changed."
}
