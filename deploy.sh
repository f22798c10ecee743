#!/bin/bash
# Troupe in production on one server with Docker: PostgreSQL, Troupe and the edge. As root, from a checkout.
#   deploy.sh [install] --domain D --email E   installs, or brings what is there to this checkout's state; changes only what differs
#   deploy.sh --check | --dry-run   looks whether it would work; says what it would do. Neither changes anything
#   deploy.sh status                what runs, how it is, what to mend
#   deploy.sh upgrade               install, with the settings of the last time
#   deploy.sh backup [--output F]   database, certificates and secrets in one file with checksums; the master key in F.key
#   deploy.sh restore FILE          installs with what is in FILE: every environment and service is made again
#   deploy.sh uninstall [--purge]   removes the three containers; with --purge everything, tenants' services and volumes too
# Options, kept in DIR/.env for the next time where they are settings:
#   --domain D            the platform's own name, which must lead to this server             (asked for on a terminal)
#   --email E             contact of the account with the certificate authority              (asked for on a terminal)
#   --bot-token-file F    the Telegram bot's token; or TELEGRAM_BOT_TOKEN in the environment
#   --addresses A,B       the only addresses that public domains may lead to; default: any at which the edge answers
#   --trusted-proxies L   a CDN or load balancer before the edge, believed about its visitors: cloudflare, fastly, private, or addresses
#   --proxy-protocol on   it tells of them by PROXY protocol, on every connection; off: in X-Forwarded-For
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
# The parts in config/deploy use what is set here.
# shellcheck disable=SC2034
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
usage() { sed -n '2,29s/^# \{0,1\}//p' "$0"; }
misused() { printf '%s\n' "deploy.sh: $1; see deploy.sh --help" >&2; exit 64; }

verb=install check_only="" dry_run="" yes="" purge="" file="" output=""
dir=/opt/troupe
# The copy that an install leaves in its directory is for that directory.
[ -e "$source_dir/Dockerfile" ] || dir=$source_dir
declare -A given=()
# Options with a value, and the setting that it is; those in small letters are for this time alone.
declare -A option=([--domain]=DOMAIN [--email]=ACME_EMAIL [--bot-token-file]=bot_token_file [--addresses]=EDGE_ADDRESSES [--instance]=INSTANCE
  [--trusted-proxies]=EDGE_TRUSTED_PROXIES [--proxy-protocol]=EDGE_PROXY_PROTOCOL
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

export DOCKER_HOST=${DOCKER_HOST:-unix:///var/run/docker.sock}
socket=${DOCKER_HOST#unix://}
[ "$DOCKER_HOST" != "$socket" ] || die "DOCKER_HOST is $DOCKER_HOST" "run it on the Engine's own machine, with unix:///path/of/the.sock"

need_install() { [ -f "$dir/.env" ] || die "there is no install in $dir" "deploy.sh --domain … --email …, or --dir"; }

for part in settings docker checks ground images install status backup restore uninstall; do
  # shellcheck source=/dev/null
  . "$source_dir/config/deploy/$part.sh"
done
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
