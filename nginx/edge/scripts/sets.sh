# shellcheck shell=bash
# Sets of sites: numbered directories of hard links, one of them in force. Used under the lock `apply`.
declare -A candidate=() refused=()

live_number() { basename "$(readlink $edge/live || echo 0)"; }

# stage: sets `staged` to a copy of the set in force, under the next number.
stage() {
  local number left
  number=$(live_number)
  for left in $edge/sets/*; do
    [ "$left" = "$edge/sets/$number" ] || rm -rf "$left"
  done
  staged=$edge/sets/$((number + 1))
  mkdir "$staged"
  [ "$number" = 0 ] || cp -al $edge/live/. "$staged"
  mkdir -p "$staged/excluded"
  rm -f "$staged/generation.inc"
  printf 'return 200 "%s\\n";\n' "$((number + 1))" >"$staged/generation.inc"
}

# put_in_force: the staged set, atomically.
put_in_force() {
  ln -sfn "sets/${staged##*/}" $edge/.live
  mv -T $edge/.live $edge/live
}

# give_up ID WHY: a new version is refused, and the former one, if any, stays. One that was accepted before is excluded.
give_up() {
  rm -f "$staged/$1.conf"
  if [ -n "${candidate[$1]:-}" ]; then
    unset "candidate[$1]"
    refused[$1]=$2
    [ ! -e "$edge/live/$1.conf" ] || ln "$edge/live/$1.conf" "$staged/$1.conf"
  else
    one_line "$2" >"$staged/excluded/$1.new"
    mv "$staged/excluded/$1.new" "$staged/excluded/$1"
  fi
}

# accepts DIRECTORY: whether nginx would run with these sites; `opinion` is what it says where not.
accepts() {
  sed "s#$edge/live/#$1/#" /etc/nginx/nginx.conf >$run/staged.conf
  opinion=$(nginx -t -q -e stderr -c $run/staged.conf 2>&1) && return
  opinion=$(grep -m1 -E '\[(emerg|alert|crit)\]' <<<"$opinion" | sed -E "s/^.*\[[a-z]+\] ([0-9]+#[0-9]+: )?//; s#$1/##g" || true)
  return 1
}

# culprit: the site that nginx's opinion names.
culprit() { [[ $opinion =~ ([a-z0-9_]+)\.conf:[0-9]+ ]] && echo "${BASH_REMATCH[1]}"; }

staged_ids() { find "$staged" -maxdepth 1 -name '*.conf' -printf '%f\n' | sed 's/\.conf$//'; }

# claimed_twice: "NAME ID ID" for each server name that two sites have. nginx would serve the first and only warn.
claimed_twice() {
  find "$staged" -maxdepth 1 -name '*.conf' -exec awk '$1 == "server_name" { id = FILENAME; sub(/.*\//, "", id); sub(/\.conf$/, "", id)
    for (i = 2; i <= NF; i++) { sub(/;.*/, "", $i); print $i, id } }' {} + |
    sort -u | awk '$1 == name { print name, id, $2 } { name = $1; id = $2 }'
}

# without_certificate: the ids whose certificate is not there, which nginx would notice at a handshake.
without_certificate() {
  local id
  find "$staged" -maxdepth 1 -name '*.conf' -exec grep -lE '^ *ssl_certificate ' {} + | sed 's#.*/##; s/\.conf$//' | while read -r id; do
    [[ -s $edge/certificates/$id/fullchain.pem && -s $edge/certificates/$id/privkey.pem ]] || echo "$id"
  done
}

# settle: gives up what nginx does not accept, until it accepts the rest of the staged set.
settle() {
  local name one other id
  while read -r id; do give_up "$id" "its certificate is not there"; done < <(without_certificate)
  while read -r name one other; do
    if [ -z "${candidate[$other]:-}" ]; then id=$one one=$other other=$id; fi
    give_up "$other" "$name is the name of $one"
  done < <(claimed_twice)
  until accepts "$staged"; do
    if id=$(culprit) && [ -e "$staged/$id.conf" ]; then
      give_up "$id" "$opinion"
    else
      settle_one_by_one
    fi
  done
}

# settle_one_by_one: nginx names nothing, so each new site, or else each one, is looked at alone. If no one is wrong, all are.
settle_one_by_one() {
  local id ids wrong="" why=$opinion
  mapfile -t ids < <(if [ ${#candidate[@]} -gt 0 ]; then printf '%s\n' "${!candidate[@]}"; else staged_ids; fi)
  [ ${#ids[@]} -gt 0 ] || fail "nginx refuses its own configuration: $why"
  rm -rf $run/alone
  mkdir $run/alone
  cp "$staged/generation.inc" $run/alone/
  for id in "${ids[@]}"; do
    cp "$staged/$id.conf" $run/alone/
    if ! accepts $run/alone; then
      wrong=yes
      give_up "$id" "$opinion"
    fi
    rm "$run/alone/$id.conf"
  done
  [ -z "$wrong" ] || return 0
  for id in "${ids[@]}"; do give_up "$id" "$why"; done
}
