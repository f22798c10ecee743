# shellcheck shell=bash
# edge forget ID: removes its certificate, which no site in force may use. {"forgotten":true}
forget() {
  [ $# = 1 ] || refuse_call "forget ID"
  valid_id "$1"
  lock "certificate.$1" 150
  lock apply 120
  ! grep -qsE '^ *ssl_certificate ' "$edge/live/$1.conf" || fail "the site $1 uses its certificate"
  rm -rf "$edge/certificates/$1" "$edge/kept/$1".* "$edge/orders/$1"
  answer '{forgotten: true}'
}
