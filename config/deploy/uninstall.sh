# shellcheck shell=bash
# The way out.

# until_gone KIND FILTER: removes them, again and again for a minute.
until_gone() {
  local end=$((SECONDS + 60)) left
  while left=$(docker "$1" ls -q --filter "$2") && [ -n "$left" ]; do
    [ $SECONDS -lt $end ] || return 1
    xargs docker "$1" rm <<<"$left" >/dev/null 2>&1 || sleep 0.5
  done
}

uninstall() {
  local unit=${isolation_unit/INSTANCE/${setting[INSTANCE]}}
  local own="label=com.troupe.instance=${setting[INSTANCE]}" kind
  if [ -z "$yes" ]; then
    [ -t 0 ] || die "this needs --yes" "make a backup first: $dir/deploy.sh backup"
    read -rp "Type ${setting[DOMAIN]} to remove ${purge:+everything of }this Troupe: " kind
    [ "$kind" = "${setting[DOMAIN]}" ] || die "not confirmed: nothing was changed"
  fi
  if [ -z "$purge" ]; then
    quietly compose down
    say "Removed the containers. Left: $dir, the volumes ${setting[COMPOSE_PROJECT_NAME]}-postgres and -edge, the packet rules, and tenants' services, which go on running."
    return
  fi
  # Troupe would heal what is removed, so it goes first; the edge is on tenants' networks.
  quietly compose down -v
  docker service ls -q --filter "$own" | xargs -r docker service rm >/dev/null
  docker ps -aq --filter "$own" | xargs -r docker rm -f >/dev/null
  # Swarm lets go of them once the services' tasks are gone.
  for kind in network volume; do until_gone $kind "$own" || die "some $kind is still in use" "see docker $kind ls --filter $own, then run this again"; done
  # The prober's volume is every Troupe's on this machine: another one may use it.
  docker volume ls -q --filter label=com.troupe.prober | xargs -r docker volume rm >/dev/null 2>&1 || true
  forget_unit "${setting[INSTANCE]}-isolation.service"
  if [ -e "$unit" ]; then rm "$unit"; quietly systemctl daemon-reload; fi
  if [ "$(engine /services | jq length)" = 0 ] && [ -z "${setting[NETNS]-}" ]; then isolation remove; fi
  rm -rf "$dir"
  say "Removed all but the images and the Swarm (docker swarm leave --force)."
}
