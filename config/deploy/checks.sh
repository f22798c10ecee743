# shellcheck shell=bash
# Whether this machine will do: a line each, with the mend of what is wrong. Nothing is changed.

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

# check_where_it_leads ADDRESSES: whether they are this server's, as far as it knows them.
check_where_it_leads() {
  local address strange="" own
  own=$(in_netns ip -o addr show scope global | awk '{ sub("/.*", "", $4); print $4 }' | paste -sd ,)
  for address in ${1//,/ }; do
    if [ -n "${setting[EDGE_ADDRESSES]-}" ]; then [[ ,${setting[EDGE_ADDRESSES]// /}, == *",$address,"* ]]; else [[ ,$own, == *",$address,"* ]]; fi || strange+=${strange:+,}$address
  done
  if [ -z "$strange" ]; then ok domain "${setting[DOMAIN]} leads to $1"
  elif [ -n "${setting[EDGE_ADDRESSES]-}" ]; then fail domain "${setting[DOMAIN]} leads to $strange, which is none of --addresses ${setting[EDGE_ADDRESSES]}" "make its A record lead to one of them alone"
  elif [ -n "${setting[EDGE_TRUSTED_PROXIES]-}" ]; then ok domain "${setting[DOMAIN]} leads to $1, and proxies are expected before this server"
  else warn domain "${setting[DOMAIN]} leads to $strange, and this server's own addresses are $own" "make its A record lead here, unless $strange passes on to it (NAT, a load balancer); --addresses names what it may lead to"; fi
}

# check_port NAME OPTION
check_port() {
  if [[ ! ${setting[$1]} =~ ^[1-9][0-9]{0,4}$ ]] || [ "${setting[$1]}" -gt 65535 ]; then fail ports "\"${setting[$1]}\" is no port" "$2 takes a number from 1 to 65535"; fi
}

check_settings() {
  local name leads_to
  check_port HTTP_PORT --http-port
  check_port HTTPS_PORT --https-port
  check_port DOOR_PORT --door-port
  [ "$(printf '%s\n' "${setting[HTTP_PORT]}" "${setting[HTTPS_PORT]}" "${setting[DOOR_PORT]}" | sort -u | wc -l)" = 3 ] || fail ports "two of ${setting[HTTP_PORT]}, ${setting[HTTPS_PORT]}, ${setting[DOOR_PORT]} are one port" "choose three: --http-port, --https-port, --door-port"
  case ${setting[EDGE_PROXY_PROTOCOL]-} in
    "" | off) ;;
    on) [ -n "${setting[EDGE_TRUSTED_PROXIES]-}" ] || fail proxies "PROXY protocol is on, and nobody is trusted" "--trusted-proxies names who sends it" ;;
    *) fail proxies "\"${setting[EDGE_PROXY_PROTOCOL]}\" is neither on nor off" "--proxy-protocol on" ;;
  esac
  if [[ ! ${setting[DOMAIN]-} =~ ^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$ ]]; then fail domain "\"${setting[DOMAIN]-}\" is none" "--domain troupe.example.org, in lower case"
  elif leads_to=$(getent ahosts "${setting[DOMAIN]}" | awk '{ print $1 }' | sort -u | paste -sd ,) && [ -n "$leads_to" ]; then check_where_it_leads "$leads_to"
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
