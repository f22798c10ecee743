# shellcheck shell=bash
# What the containers stand on: files, the Swarm, the packet rules.

# secret NAME OWNER: its file from stdin, for that user alone; what is there already stays.
secret() {
  local path=$dir/secrets/$1
  if [ -s "$path" ]; then
    cat >/dev/null
    return
  fi
  (umask 077 && cat >"$path.new")
  chmod 400 "$path.new"
  chown "$2" "$path.new"
  mv "$path.new" "$path"
}

# What DIR/deploy.sh needs to go on without the checkout.
copy_files() {
  local name
  install -d -m 755 "$dir/config/deploy"
  for name in deploy.sh docker-compose.prod.yml docker-compose.socket-proxy.yml; do install -m "$(stat -c %a "$source_dir/$name")" "$source_dir/$name" "$dir/"; done
  install -m 755 "$source_dir/docker/tenant-isolation" "$dir/"
  install -m 644 "$source_dir/docker/socket-proxy.conf" "$dir/"
  install -m 644 "$source_dir"/config/deploy/*.sh "$dir/config/deploy/"
}

# Their users: Troupe is 10100, the official PostgreSQL image's 999.
make_files() {
  local name password
  install -d -m 755 "$dir"
  install -d -m 711 "$dir/secrets"
  install -d -m 700 "$dir/backups"
  password=$(cat "$dir/secrets/postgres_password" 2>/dev/null || openssl rand -hex 24)
  printf %s "$password" | secret postgres_password 999
  printf 'postgresql://troupe:%s@postgres/troupe' "$password" | secret database_url 10100
  # A new token takes the place of the old one.
  if [ -n "${TELEGRAM_BOT_TOKEN:-}${setting[bot_token_file]-}" ]; then rm -f "$dir/secrets/telegram_bot_token"; fi
  if [ -n "${setting[bot_token_file]-}" ]; then tr -d '[:space:]' <"${setting[bot_token_file]}"; else printf %s "${TELEGRAM_BOT_TOKEN:-}"; fi | secret telegram_bot_token 10100
  openssl rand -hex 32 | secret telegram_webhook_secret 10100
  if [ -n "${setting[acme_ca]-}" ]; then rm -f "$dir/secrets/acme_ca"; fi
  secret acme_ca 10100 <"${setting[acme_ca]:-/dev/null}"
  setting[TELEGRAM_BOT_TOKEN_FILE]="" setting[TELEGRAM_WEBHOOK_SECRET_FILE]="" setting[ACME_CA_BUNDLE]=""
  if [ -s "$dir/secrets/telegram_bot_token" ]; then
    setting[TELEGRAM_BOT_TOKEN_FILE]=/run/secrets/telegram_bot_token setting[TELEGRAM_WEBHOOK_SECRET_FILE]=/run/secrets/telegram_webhook_secret
  fi
  [ ! -s "$dir/secrets/acme_ca" ] || setting[ACME_CA_BUNDLE]=/run/secrets/acme_ca
  [ -e "$dir/settings.env" ] || printf '%s\n' "# Settings of Troupe beyond those of deploy.sh, one NAME=value a line: see .env.example. In force after \`deploy.sh upgrade\`." >"$dir/settings.env"
  [ "$source_dir" -ef "$dir" ] || copy_files
  sed -i "s/TROUPE_EDGE_CONTAINER/${setting[EDGE_CONTAINER]}/" "$dir/socket-proxy.conf"
}

# choose_pool: 32,768 networks of 254 addresses, or fewer where the machine uses that itself.
choose_pool() {
  local pool
  if [ -n "${setting[pool]-}" ]; then echo "${setting[pool]}"; return; fi
  for pool in 10.128.0.0/9 10.64.0.0/10 172.16.0.0/12 10.32.0.0/11; do
    [ -n "$(in_netns ip -4 route show root $pool; in_netns ip -4 route show match $pool scope link)" ] || break
  done
  echo "$pool/24"
}

make_swarm() {
  [ "$(jq -r .Swarm.LocalNodeState <<<"$info")" = inactive ] || return 0
  local pool address
  pool=$(choose_pool)
  address=${setting[advertise]:-$(in_netns ip -4 route get 192.0.2.1 2>/dev/null | sed -nE 's/.* src ([^ ]+).*/\1/p')}
  say "Making a Swarm of this node, $address, networks from $pool"
  quietly docker swarm init --advertise-addr "${address:-127.0.0.1}" --default-addr-pool "${pool%/*}" --default-addr-pool-mask-length "${pool##*/}" --task-history-limit 1 ||
    die "the Swarm could not be made" "see the message above; --advertise-address names this node's address, --address-pool the networks'"
}

# isolation_command apply|check|remove: how the packet rules of this install are set, as a line.
isolation_command() {
  # shellcheck disable=SC2046
  echo "$dir/tenant-isolation" "$1" ${setting[NETNS]:+--netns "${setting[NETNS]}"} "${setting[ISOLATION_OPTIONS]#none}" $(engine_options)
}

isolation() {
  # shellcheck disable=SC2046
  command $(isolation_command "$1")
}

under_systemd() { [ -d /run/systemd/system ] && [ -z "${setting[NETNS]-}" ]; }

# engine_options: pulls go where a registry sends them, so what is closed to tenants' containers is closed to the Engine, save what the
# operator has told it or Troupe: proxies, mirrors, PRIVATE_REGISTRIES.
engine_options() {
  local group
  if [ "${setting[ISOLATION_OPTIONS]}" = none ] || ! under_systemd; then return 0; fi
  group=$(systemctl show -p ControlGroup --value docker.service)
  [ -n "$group" ] || return 0
  echo "--engine-cgroup $group --allow-registries $dir/settings.env"
  jq -r '[.HttpProxy, .HttpsProxy, .RegistryConfig.Mirrors[]?] | map(select(. // "" != "") | sub("^[a-z]+://"; "") | sub("^.*@"; "") | sub("/.*"; "")) | unique[] | "--allow " + .' <<<"$(engine /info)"
}

# Before each start of Docker, so that no container of a tenant ever starts without the rules, and since dockerd's control group, which
# some of them name, is a new one then.
isolation_drop_in() {
  cat <<UNIT
[Unit]
After=nftables.service netfilter-persistent.service ufw.service
[Service]
ExecStartPre=-$(isolation_command apply)
UNIT
}

no_limit="Where the Engine itself may go when it pulls has no limit here"
isolation_unit=/etc/systemd/system/docker.service.d/INSTANCE-isolation.conf

isolate() {
  local unit=${isolation_unit/INSTANCE/${setting[INSTANCE]}}
  isolation apply || die "the packet rules could not be set" "see the message above; tenants' containers could reach this machine's ports"
  if under_systemd; then
    forget_unit "${setting[INSTANCE]}-isolation.service"
    mkdir -p "$(dirname "$unit")"
    isolation_drop_in >"$unit"
    quietly systemctl daemon-reload
    [ -n "$(engine_options)" ] || [ "${setting[ISOLATION_OPTIONS]}" = none ] || say "$no_limit: dockerd is not systemd's docker.service."
  else
    say "This machine has no systemd for it: run \`$(isolation_command apply)\` at each boot, before Docker starts. $no_limit."
  fi
}

# What former versions made.
forget_unit() {
  [ -e "/etc/systemd/system/$1" ] || return 0
  quietly systemctl disable "$1"
  rm -f "/etc/systemd/system/$1"
}
