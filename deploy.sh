#!/bin/bash
# Troupe in production on one server with Docker: PostgreSQL, Troupe and the edge. As root, from a checkout.
#   deploy.sh [install] --domain D --email E   installs, or brings what is there to this checkout's state; changes only what differs
#   deploy.sh --check | --dry-run   looks whether it would work; says what it would do. Neither changes anything
#   deploy.sh status                what runs, how it is, what to mend
#   deploy.sh upgrade               install, with the settings of the last time
#   deploy.sh backup [--output F]   database, certificates and secrets in one file with checksums
#   deploy.sh restore FILE          installs with what is in FILE: every environment and service is made again
#   deploy.sh uninstall [--purge]   removes the three containers; with --purge everything, tenants' services and volumes too
# Options, kept in DIR/.env for the next time where they are settings:
#   --domain D            the platform's own name, which must lead to this server             (asked for on a terminal)
#   --email E             contact of the account with the certificate authority              (asked for on a terminal)
#   --bot-token-file F    the Telegram bot's token; or TELEGRAM_BOT_TOKEN in the environment
#   --addresses A,B       the only addresses that public domains may lead to; default: any at which the edge answers
#   --dir DIR             /opt/troupe: settings, secrets, backups; all but the data, which are in Docker volumes
#   --instance I          troupe: the label of all that belongs to this Troupe, and the name of its containers
#   --image I, --edge-image I, --postgres-image I   images to use instead of building them; pulled where they are not there
#   --base-image I        debian:bookworm-slim: what the built images stand on
#   --binary F            a `troupe` compiled on Debian 12 instead of compiling one in Docker
#   --advertise-address A, --address-pool P/N   for a Swarm that is made: this node's address; where overlay networks come from
#   --http-port, --https-port, --door-port   80, 443; on loopback 3000, the API without the edge
#   --acme-directory URL, --acme-ca F   another certificate authority; the certificate it is trusted by
#   --socket-proxy, --no-socket-proxy   Troupe reaches the Engine through a filter that lets only its own calls pass (docs/security.md)
#   --isolation-options O   --private: what docker/tenant-isolation is given; none: tenants reach private addresses too
#   --netns N             the network namespace that the Engine lives in, if not the host's
#   --yes                 no questions
# Exit codes: 0 done, 1 failed, 64 wrong command line, 69 a check failed. DOCKER_HOST: the Engine's socket, unix:// alone.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
source_dir=$(cd "$(dirname "$0")" && pwd)

say() { printf '%s\n' "$*"; }
# die WHAT [MEND]
die() {
  printf '%s\n' "deploy.sh: $1${2:+
  Mend: $2}" >&2
  exit 1
}
usage() { sed -n '2,27s/^# \{0,1\}//p' "$0"; }
misused() { printf '%s\n' "deploy.sh: $1; see deploy.sh --help" >&2; exit 64; }

# --- command line ------------------------------------------------------------------------------------------------------------

verb=install check_only="" dry_run="" yes="" purge="" file="" output=""
dir=/opt/troupe
# The copy that an install leaves in its directory is for that directory.
[ -e "$source_dir/Dockerfile" ] || dir=$source_dir
declare -A given=()
# Options with a value, and the setting that it is; those in small letters are for this time alone.
declare -A option=([--domain]=DOMAIN [--email]=ACME_EMAIL [--bot-token-file]=bot_token_file [--addresses]=EDGE_ADDRESSES [--instance]=INSTANCE
  [--image]=image [--edge-image]=edge_image [--postgres-image]=POSTGRES_IMAGE [--base-image]=BASE_IMAGE [--binary]=binary
  [--advertise-address]=advertise [--address-pool]=pool [--http-port]=HTTP_PORT [--https-port]=HTTPS_PORT [--door-port]=DOOR_PORT
  [--acme-directory]=ACME_DIRECTORY_URL [--acme-ca]=acme_ca [--netns]=NETNS [--isolation-options]=ISOLATION_OPTIONS)

case ${1:-} in install | status | upgrade | backup | restore | uninstall) verb=$1; shift ;; esac
while [ $# -gt 0 ]; do
  case $1 in
    --check) check_only=yes ;;
    --dry-run) dry_run=yes ;;
    --yes) yes=yes ;;
    --purge) purge=yes ;;
    --socket-proxy) given[SOCKET_PROXY]=yes ;;
    --no-socket-proxy) given[SOCKET_PROXY]=no ;;
    -h | --help) usage; exit ;;
    -*)
      [ $# -ge 2 ] || misused "$1 needs a value, or is unknown"
      case $1 in
        --dir) dir=$2 ;;
        --output) output=$2 ;;
        *) [ -n "${option[$1]-}" ] || misused "unknown option $1"; given[${option[$1]}]=$2 ;;
      esac
      shift
      ;;
    *) if [ "$verb" = restore ] && [ -z "$file" ]; then file=$1; else misused "unknown: $1"; fi ;;
  esac
  shift
done
[ "$verb" != restore ] || [ -n "$file" ] || misused "restore FILE"
dir=$(realpath -m "$dir")

# --- settings ----------------------------------------------------------------------------------------------------------------

# What .env holds, in its order. Each stands in the environment of Compose too, which goes before the file.
kept=(COMPOSE_PROJECT_NAME INSTANCE DOMAIN PUBLIC_BASE_URL ACME_EMAIL ACME_DIRECTORY_URL ACME_CA_BUNDLE EDGE_ADDRESSES EDGE_CONTAINER
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

export DOCKER_HOST=${DOCKER_HOST:-unix:///var/run/docker.sock}
socket=${DOCKER_HOST#unix://}
[ "$DOCKER_HOST" != "$socket" ] || die "DOCKER_HOST is $DOCKER_HOST" "run it on the Engine's own machine, with unix:///path/of/the.sock"

# --- Docker ------------------------------------------------------------------------------------------------------------------

if docker compose version >/dev/null 2>&1; then compose_command=(docker compose); else compose_command=(docker-compose); fi

compose() {
  local files=(-f docker-compose.prod.yml) name
  (
    cd "$dir"
    for name in "${kept[@]}"; do export "$name=${setting[$name]-}"; done
    ENGINE_SOURCE=${setting[DOCKER_SOCKET]} ENGINE_TARGET=/run/engine/docker.sock
    if [ "${setting[SOCKET_PROXY]}" = yes ]; then
      files+=(-f docker-compose.socket-proxy.yml)
      ENGINE_SOURCE=engine ENGINE_TARGET=/run/engine
    fi
    FILES_SUM=$(cat secrets/[!p]* socket-proxy.conf | sha256sum | cut -d' ' -f1)
    [ ! -e compose.override.yml ] || files+=(-f compose.override.yml)
    export ENGINE_SOURCE ENGINE_TARGET FILES_SUM
    "${compose_command[@]}" --project-directory . "${files[@]}" "$@"
  )
}

# quietly COMMAND...: its output only where it fails.
quietly() {
  local said
  said=$("$@" 2>&1) || { local code=$?; printf '%s\n' "$said" | tail -40 >&2; return "$code"; }
}

container() { docker ps -aq --filter "label=com.docker.compose.project=${setting[COMPOSE_PROJECT_NAME]}" --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False | head -1; }

# state SERVICE: healthy, starting, unhealthy, exited …; "absent" without a container.
state() {
  local id
  id=$(container "$1")
  if [ -z "$id" ]; then echo absent; else docker inspect -f '{{if .State.Health}}{{if .State.Running}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}{{else}}{{.State.Status}}{{end}}' "$id"; fi
}

# wait_for SERVICE SECONDS
wait_for() {
  local began=$SECONDS
  until [ "$(state "$1")" = healthy ]; do
    if [ $((SECONDS - began)) -ge "$2" ] || [ "$(docker inspect -f '{{.RestartCount}}' "$(container "$1")")" -ge 5 ]; then
      echo "deploy.sh: $1 is $(state "$1") after $((SECONDS - began)) s; the end of its log:" >&2
      docker logs --tail 15 "$(container "$1")" >&2 2>&1 || true
      return 1
    fi
    sleep 0.5
  done
}

# one_shot IMAGE ARGUMENT...: the program with the database and nothing else.
one_shot() {
  local image=$1
  shift
  docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges --network "${setting[COMPOSE_PROJECT_NAME]}-database" \
    -v "$dir/secrets/database_url:/run/secrets/database_url:ro" -e "DATABASE_URL_FILE=/run/secrets/${database_secret:-database_url}" \
    ${database_secret:+-v "$dir/secrets/$database_secret:/run/secrets/$database_secret:ro"} "$image" "$@"
}

psql() { docker exec -i -e PGOPTIONS='-c client_min_messages=warning' "$(container postgres)" psql -X -q -t -A -v ON_ERROR_STOP=1 -U troupe "$@"; }

engine() { curl -sf --max-time 20 --unix-socket "$socket" "http://engine$1" "${@:2}"; }

# --- checks ------------------------------------------------------------------------------------------------------------------

failed_checks=0
ok() { printf 'ok    %-18s %s\n' "$1" "$2"; }
warn() { printf 'warn  %-18s %s. Mend: %s\n' "$1" "$2" "$3"; }
fail() { printf 'FAIL  %-18s %s. Mend: %s\n' "$1" "$2" "$3"; failed_checks=$((failed_checks + 1)); }

# at_least VERSION FLOOR
at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -1)" = "$2" ]; }
in_netns() { if [ -n "${setting[NETNS]-}" ]; then ip netns exec "${setting[NETNS]}" "$@"; else "$@"; fi; }

check_machine() {
  local name missing=() os
  if [ "$(id -u)" = 0 ]; then ok root "yes"; else fail root "this needs root: packet rules, files of other users" "sudo $0"; fi
  # shellcheck disable=SC1091
  os=$(. /etc/os-release 2>/dev/null && echo "${ID:-}-${VERSION_ID:-0}") || os=unknown
  if { [[ $os = debian-* ]] && at_least "${os#*-}" 12; } || { [[ $os = ubuntu-* ]] && at_least "${os#*-}" 22.04; }; then
    ok system "$os"
  else
    warn system "$os is none that Troupe is tried on" "use Debian 12 or later, or Ubuntu 22.04 or later"
  fi
  for name in curl jq openssl iptables ip ss tar flock sha256sum; do command -v $name >/dev/null || missing+=("$name"); done
  if [ ${#missing[@]} = 0 ]; then ok tools "all there"; else fail tools "missing: ${missing[*]}" "apt-get install curl jq openssl iptables iproute2 tar util-linux"; fi
  check_memory
}

check_memory() {
  local megabytes
  megabytes=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
  if [ "$megabytes" -ge 1800 ]; then ok memory "$megabytes MiB"; else warn memory "$megabytes MiB, and compiling takes 2 GiB" "use --image or --binary, and leave room for tenants"; fi
}

check_engine() {
  local version compose_version
  info=$(engine /info) || { fail Engine "no answer at $DOCKER_HOST" "install docker.io or Docker's own packages, and start it"; return; }
  version=$(jq -r .ServerVersion <<<"$info")
  if at_least "$version" 20.10; then ok Engine "$version"; else fail Engine "$version is too old" "upgrade Docker to 20.10 or later"; fi
  compose_version=$("${compose_command[@]}" version --short 2>/dev/null) || compose_version=0
  if at_least "${compose_version#v}" 1.29; then ok Compose "${compose_version#v}"; else fail Compose "no docker-compose 1.29 or later, and no plugin \`docker compose\`" "apt-get install docker-compose"; fi
  check_floor runc "$(engine /version | jq -r '.Components[]? | select(.Name == "runc") | .Version')"
  check_floor containerd "$(engine /version | jq -r '.Components[]? | select(.Name == "containerd") | .Version')"
  check_disk
  check_swarm
}

# check_floor PROGRAM VERSION: the numbers are those of config/commands/version_floor.hpp, where what they mend is told.
check_floor() {
  local version=${2#v} fixed line reached=""
  version=${version%%[^0-9.]*}
  case $1 in runc) fixed="1.2.8 1.3.3" ;; *) fixed="1.7.29 2.0.7 2.1.5" ;; esac
  for line in $fixed; do
    if at_least "$version" "$line"; then reached=yes; else reached=""; fi
    [ "${version%.*}" != "${line%.*}" ] || break
  done
  if [ -n "$reached" ] && [ -n "$version" ]; then ok "$1" "$version"; else warn "$1" "${2:-version not told}: may have known ways out of a container" "upgrade it, or look whether your distribution has patched it"; fi
}

check_disk() {
  local root free
  root=$(jq -r .DockerRootDir <<<"$info")
  free=$(df -Pm "$root" 2>/dev/null | awk 'NR == 2 { print $4 }') || free=""
  if [ -z "$free" ]; then warn disk "$root cannot be looked at" "see that 10 GiB are free there"
  elif [ "$free" -lt 3000 ]; then fail disk "$free MiB free at $root" "make room: Swarm's own log breaks on a full disk"
  elif [ "$free" -lt 10000 ]; then warn disk "$free MiB free at $root" "make room for tenants' images before it runs full"
  else ok disk "$free MiB free at $root"; fi
}

check_swarm() {
  local foreign
  case $(jq -r '.Swarm | "\(.LocalNodeState) \(.ControlAvailable)"' <<<"$info") in
    "active true")
      ok Swarm "active, manager"
      foreign=$(engine /services | jq --arg own "${setting[INSTANCE]}" '[.[] | select(.Spec.Labels["com.troupe.instance"] != $own)] | length')
      [ "$foreign" = 0 ] || warn "tenant isolation" "$foreign services of others are in this Swarm: the packet rules hold for their containers too" "move them elsewhere, or see docs/security.md"
      ;;
    "inactive "*) ok Swarm "none yet: it will be made, networks from $(choose_pool)" ;;
    locked*) fail Swarm "it is locked" "docker swarm unlock" ;;
    *) fail Swarm "this node is no manager" "docker node promote it, or run this on a manager" ;;
  esac
}

check_ports() {
  local name port user busy=""
  for name in HTTP_PORT HTTPS_PORT DOOR_PORT; do
    port=${setting[$name]}
    user=$(docker ps -q --filter "publish=$port" --filter "label=com.docker.compose.project=${setting[COMPOSE_PROJECT_NAME]}" 2>/dev/null) || user=""
    if [ -z "$user" ] && [ -n "$(in_netns ss -Hltn "sport = :$port" 2>/dev/null)" ]; then busy+=" $port"; fi
  done
  if [ -z "$busy" ]; then ok ports "${setting[HTTP_PORT]}, ${setting[HTTPS_PORT]}, ${setting[DOOR_PORT]}: free, or this Troupe's"
  else fail ports "in use:$busy" "end what listens there (ss -ltnp), or choose others: --http-port, --https-port, --door-port"; fi
}

check_kernel() {
  # Both are modules that Docker loads by itself where there are any.
  if [ -e /proc/net/ip_vs ] || modprobe -nq ip_vs 2>/dev/null; then ok IPVS "there"; else warn IPVS "the kernel has none: ports of mode \"ingress\" answer nothing; \"host\", the default, works" "boot a kernel with ip_vs where they are wanted"; fi
  if [ -d /sys/module/vxlan ] || modprobe -nq vxlan 2>/dev/null; then ok VXLAN "there"; else warn VXLAN "the kernel seems to have none: overlay networks need it" "boot a kernel with vxlan"; fi
}

# The authority's own clock is the one that certificates are made by.
check_clock() {
  local directory=${setting[ACME_DIRECTORY_URL]:-https://acme-v02.api.letsencrypt.org/directory} told skew
  local trust=()
  [ -z "${setting[acme_ca]-}" ] || trust=(--cacert "${setting[acme_ca]}")
  [ ! -s "$dir/secrets/acme_ca" ] || [ ${#trust[@]} -gt 0 ] || trust=(--cacert "$dir/secrets/acme_ca")
  told=$(curl -sI --max-time 10 "${trust[@]}" "$directory" 2>/dev/null | sed -n 's/^[Dd]ate: //p' | tr -d '\r') || told=""
  if [ -z "$told" ]; then
    warn clock "the certificate authority does not answer at $directory: neither clock nor certificates can be had from it" "allow this server to reach it"
    return
  fi
  skew=$(($(date +%s) - $(date -d "$told" +%s)))
  if [ ${skew#-} -le 60 ]; then ok clock "within ${skew#-} s of the certificate authority's"; else fail clock "$skew s off" "timedatectl set-ntp true, or install chrony"; fi
}

check_settings() {
  local name leads_to
  if [[ ! ${setting[DOMAIN]-} =~ ^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$ ]]; then fail domain "\"${setting[DOMAIN]-}\" is none" "--domain troupe.example.org, in lower case"
  elif leads_to=$(getent ahosts "${setting[DOMAIN]}" | awk '{ print $1 }' | sort -u | paste -sd ,) && [ -n "$leads_to" ]; then ok domain "${setting[DOMAIN]} leads to $leads_to"
  elif [ -n "${setting[EDGE_ADDRESSES]-}" ]; then warn domain "${setting[DOMAIN]} leads nowhere yet" "make its A record lead to ${setting[EDGE_ADDRESSES]}"
  else fail domain "${setting[DOMAIN]} leads nowhere" "make its A record lead to this server; or name the address that it will have: --addresses"; fi
  if [[ ${setting[ACME_EMAIL]-} =~ ^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$ ]]; then ok e-mail "${setting[ACME_EMAIL]}"; else fail e-mail "\"${setting[ACME_EMAIL]-}\" is none" "--email you@example.org"; fi
  if [[ ! ${setting[INSTANCE]} =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]]; then fail instance "\"${setting[INSTANCE]}\" is none" "1 to 32 of [a-z0-9-], with no hyphen at either end"; fi
  for name in bot_token_file acme_ca binary; do
    if [ -n "${setting[$name]-}" ] && [ ! -s "${setting[$name]}" ]; then fail files "${setting[$name]} cannot be read, or is empty" "name another"; fi
  done
  if [ -z "${setting[image]-}" ] && [ ! -e "$source_dir/Dockerfile" ]; then fail sources "there is no checkout at $source_dir to build from" "run the deploy.sh of a checkout, or give --image and --edge-image"; fi
}

run_checks() {
  check_machine
  check_settings
  check_engine
  if [ -n "${info:-}" ]; then check_ports; fi
  check_kernel
  check_clock
  if [ $failed_checks -gt 0 ]; then
    echo "$failed_checks of the checks failed: nothing was changed." >&2
    exit 69
  fi
}

# --- steps of an install -----------------------------------------------------------------------------------------------------

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
  [ "$source_dir" -ef "$dir" ] || for name in docker-compose.prod.yml deploy.sh docker/tenant-isolation docker-compose.socket-proxy.yml docker/socket-proxy.conf; do
    install -m "$(stat -c %a "$source_dir/$name")" "$source_dir/$name" "$dir/"
  done
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

isolation() {
  # shellcheck disable=SC2086
  "$dir/tenant-isolation" "$1" ${setting[NETNS]:+--netns "${setting[NETNS]}"} ${setting[ISOLATION_OPTIONS]#none}
}

# Before Docker, so that no container of a tenant ever starts without the rules.
isolation_unit() {
  cat <<UNIT
[Unit]
Description=Packet rules that keep Troupe's tenants inside their environments
Before=docker.service
After=network-pre.target nftables.service netfilter-persistent.service ufw.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$dir/tenant-isolation apply ${setting[ISOLATION_OPTIONS]#none}
[Install]
WantedBy=docker.service multi-user.target
UNIT
}

isolate() {
  isolation apply || die "the packet rules could not be set" "see the message above; tenants' containers could reach this machine's ports"
  if [ -d /run/systemd/system ] && [ -z "${setting[NETNS]-}" ]; then
    isolation_unit >"/etc/systemd/system/${setting[INSTANCE]}-isolation.service"
    quietly systemctl daemon-reload
    quietly systemctl enable "${setting[INSTANCE]}-isolation.service"
  else
    say "This machine has no systemd for it: run \`$dir/tenant-isolation apply\` at each boot, before Docker starts"
  fi
}

# get_image IMAGE: pulled where it is not there.
get_image() {
  docker image inspect "$1" >/dev/null 2>&1 || quietly docker pull -q "$1" || die "there is no image $1" "give one that is on this machine or in a registry it reaches; config/scripts/debian-image makes $1 where it is Debian's"
}

# build TAG ARGUMENT...
build() {
  say "Building $1"
  quietly docker build -q -t "$1" --build-arg "BASE_IMAGE=${setting[BASE_IMAGE]}" "${@:2}" || die "the image $1 could not be built" "see the end of its log above"
}

make_images() {
  get_image "${setting[POSTGRES_IMAGE]}"
  if [ -z "${setting[image]-}" ] || [ -z "${setting[edge_image]-}" ]; then get_image "${setting[BASE_IMAGE]}"; fi
  if [ -n "${setting[image]-}" ]; then
    get_image "${setting[image]}"
    setting[TROUPE_IMAGE]=${setting[image]}
  else
    build_troupe
  fi
  if [ -n "${setting[edge_image]-}" ]; then
    get_image "${setting[edge_image]}"
    setting[EDGE_IMAGE]=${setting[edge_image]}
  else
    setting[EDGE_IMAGE]=${setting[INSTANCE]}-edge:$version
    build "${setting[EDGE_IMAGE]}" "$source_dir/nginx/edge"
  fi
}

build_troupe() {
  local revision created context
  revision=$(git -C "$source_dir" rev-parse HEAD 2>/dev/null) || revision=unknown
  # Of the revision, not of the build: what did not change builds to the same image.
  created=$(git -C "$source_dir" log -1 --format=%cI 2>/dev/null) || created=unknown
  local labels=(--build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "CREATED=$created")
  setting[TROUPE_IMAGE]=${setting[INSTANCE]}:$version
  if [ -z "${setting[binary]-}" ]; then
    build "${setting[TROUPE_IMAGE]}" "${labels[@]}" "$source_dir"
    return
  fi
  build "${setting[INSTANCE]}-runtime:$version" --target runtime "${labels[@]}" "$source_dir"
  context=$(mktemp -d)
  # The time is part of the layer: the same program gives the same image.
  install -m 755 "${setting[binary]}" "$context/troupe"
  touch -d @0 "$context/troupe"
  printf 'FROM %s\nCOPY troupe /usr/local/bin/troupe\n' "${setting[INSTANCE]}-runtime:$version" >"$context/Dockerfile"
  build "${setting[TROUPE_IMAGE]}" "$context"
  rm -rf "$context"
}

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
  say "  set the packet rules of docker/tenant-isolation, at each boot too"
  say "  start PostgreSQL; refuse if its database is newer than $version; back up, then migrate, if migrations are pending"
  say "  start Troupe, then the edge, waiting for the health of each"
  say "  make the operator's key: $dir/operator.key"
  say "Nothing was changed."
}

# --- status, backup, restore, uninstall --------------------------------------------------------------------------------------

need_install() { [ -f "$dir/.env" ] || die "there is no install in $dir" "deploy.sh --domain … --email …, or --dir"; }

status() {
  local service id bad=0 newest
  for service in postgres troupe edge $([ "${setting[SOCKET_PROXY]}" != yes ] || echo socket-proxy); do
    id=$(container "$service")
    printf '%-13s %-10s %s\n' "$service" "$(state "$service")" "$([ -z "$id" ] || docker inspect -f '{{.Config.Image}}  since {{.State.StartedAt}}  restarts {{.RestartCount}}' "$id")"
    [ "$(state "$service")" = healthy ] || bad=1
  done
  if isolation check >/dev/null; then say "isolation     in force"; else say "isolation     MISSING: $dir/tenant-isolation apply"; bad=1; fi
  newest=$(find "$dir/backups" -name '*.tar.gz' -printf '%TY-%Tm-%TdT%TH:%TM  %p\n' | sort | tail -1)
  say "last backup   ${newest:-none: $dir/deploy.sh backup}"
  if [ "$(state troupe)" = healthy ]; then docker exec "$(container troupe)" troupe doctor || bad=1; fi
  return $bad
}

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

# until_gone KIND FILTER: removes them, again and again for a minute.
until_gone() {
  local end=$((SECONDS + 60)) left
  while left=$(docker "$1" ls -q --filter "$2") && [ -n "$left" ]; do
    [ $SECONDS -lt $end ] || return 1
    xargs docker "$1" rm <<<"$left" >/dev/null 2>&1 || sleep 0.5
  done
}

uninstall() {
  local unit=/etc/systemd/system/${setting[INSTANCE]}-isolation.service
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
  if [ -e "$unit" ]; then quietly systemctl disable --now "$(basename "$unit")"; rm -f "$unit"; fi
  if [ "$(engine /services | jq length)" = 0 ] && [ -z "${setting[NETNS]-}" ]; then isolation remove; fi
  rm -rf "$dir"
  say "Removed all but the images and the Swarm (docker swarm leave --force)."
}

# --- main --------------------------------------------------------------------------------------------------------------------

version=$(sed -nE 's/^project\(troupe VERSION ([0-9.]+).*/\1/p' "$source_dir/CMakeLists.txt" 2>/dev/null) || version=""
version=${version:-installed}
info="" pending="" former_image="" database_secret=""
[ "$verb" = restore ] || settle
case $verb in
  install) put_in_place ;;
  upgrade) need_install; put_in_place ;;
  restore) restore ;;
  status) need_install; status ;;
  backup) need_install; backup "${output:-$dir/backups/troupe-$(date -u +%Y%m%dT%H%M%SZ).tar.gz}" ;;
  uninstall) need_install; uninstall ;;
esac
