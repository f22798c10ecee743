# shellcheck shell=bash
# What an install is told, from the command line, a backup, DIR/.env or by default.

# What .env holds, in its order. Each stands in the environment of Compose too, which goes before the file.
kept=(COMPOSE_PROJECT_NAME INSTANCE DOMAIN PUBLIC_BASE_URL ACME_EMAIL ACME_DIRECTORY_URL ACME_CA_BUNDLE EDGE_ADDRESSES EDGE_TRUSTED_PROXIES EDGE_PROXY_PROTOCOL EDGE_CONTAINER
  TROUPE_IMAGE EDGE_IMAGE POSTGRES_IMAGE BASE_IMAGE HTTP_PORT HTTPS_PORT DOOR_PORT DOCKER_SOCKET DOCKER_GROUP
  SOCKET_PROXY TELEGRAM_BOT_TOKEN_FILE TELEGRAM_WEBHOOK_SECRET_FILE NETNS ISOLATION_OPTIONS)
declare -A setting=()

# load FILE: its settings, where none is known yet.
load() {
  local line name
  while IFS= read -r line; do
    name=${line%%=*}
    case " ${kept[*]} " in *" $name "*) setting[$name]=${setting[$name]-${line#*=}} ;; esac
  done <"$1"
}

default() { [ -n "${setting[$1]-}" ] || setting[$1]=$2; }

# settle [FILE]: the command line goes before FILE, that before DIR/.env, that before the defaults.
settle() {
  local name
  for name in "${!given[@]}"; do setting[$name]=${given[$name]}; done
  [ -z "${1:-}" ] || load "$1"
  [ ! -f "$dir/.env" ] || load "$dir/.env"
  default INSTANCE troupe
  default BASE_IMAGE debian:bookworm-slim
  default POSTGRES_IMAGE postgres:15
  default HTTP_PORT 80
  default HTTPS_PORT 443
  default DOOR_PORT 3000
  default SOCKET_PROXY no
  # Without a checkout there is nothing to build from: what ran last is used again.
  if [ ! -e "$source_dir/Dockerfile" ]; then
    default image "${setting[TROUPE_IMAGE]-}"
    default edge_image "${setting[EDGE_IMAGE]-}"
  fi
  default ISOLATION_OPTIONS --private
  setting[COMPOSE_PROJECT_NAME]=${setting[INSTANCE]}
  setting[EDGE_CONTAINER]=${setting[INSTANCE]}-edge
  setting[DOCKER_SOCKET]=${socket}
  setting[DOCKER_GROUP]=$(stat -c %g "$socket" 2>/dev/null || echo 0)
  local port=${setting[HTTPS_PORT]}
  setting[PUBLIC_BASE_URL]=https://${setting[DOMAIN]-}$([ "$port" = 443 ] || echo ":$port")
}

write_env() {
  local name
  for name in "${kept[@]}"; do printf '%s=%s\n' "$name" "${setting[$name]-}"; done >"$dir/.env.new"
  mv "$dir/.env.new" "$dir/.env"
}

ask_for() {
  [ -z "${setting[$1]-}" ] || return 0
  if [ -n "$yes$check_only$dry_run" ] || [ ! -t 0 ]; then return 0; fi
  read -rp "$2: " "setting[$1]"
}
