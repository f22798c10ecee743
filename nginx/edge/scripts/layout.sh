# shellcheck shell=bash
# Where things are, and how commands answer. /edge is the one volume:
#   incoming/<id>.conf|.gone   put there by the engine        taken/  those that apply has begun with
#   live -> sets/<n>/          the sites in force; excluded/<id> says why one was left out
#   certificates/<id> -> kept/<id>.<time>/{fullchain.pem,privkey.pem,about.json}       orders/  those being ordered
#   challenges/                HTTP-01's webroot
#   acme/                      accounts, one directory an ACME server
#   acme-ca.pem                if it is there, the CA that vouches for the ACME server
umask 027
edge=/edge run=/run/nginx
mkdir -p $edge/{incoming,taken,sets,certificates,kept,orders,challenges,acme} $run /tmp/nginx

# Only answer() writes to stdout.
exec 3>&1 1>&2
answered=""
# answer JQ_ARGUMENT…: the command's one JSON object.
answer() { answered=yes; jq -cn "$@" >&3; }
fail() { answer --arg e "$1" '{error: $e}'; exit "${2:-1}"; }
refuse_call() { fail "$1" 64; }
trap 'code=$?; [ -n "$answered" ] || answer --arg e "internal error $code at: $BASH_COMMAND" "{error: \$e}"' EXIT

# one_line TEXT: fit to be shown.
one_line() { tr '\n\t' '  ' <<<"$1" | tr -d '\000-\037\177' | sed 's/  */ /g; s/^ //; s/ $//' | cut -c1-300; }

valid_id() { [[ $1 =~ ^[a-z0-9_]{1,64}$ ]] || refuse_call "no id: $1"; }
valid_domain() {
  local label='[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
  [[ ${#1} -le 253 && $1 =~ ^$label(\.$label)+$ ]] || refuse_call "no domain: $1"
}

# lock NAME SECONDS: held until this process and those it started have ended. In tmpfs: nobody holds one after a restart.
lock() {
  exec {held}>"$run/lock.$1"
  flock -w "$2" "$held" || fail "another call has been at work on $1 for $2 s"
}
