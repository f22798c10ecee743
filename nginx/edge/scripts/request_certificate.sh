# shellcheck shell=bash
# edge request-certificate ID DOMAIN --directory URL [--email E] --fresh-until EPOCH: a certificate for the domain that is good at
# EPOCH: the one at hand, or a new one, which is kept before this answers.
# {"result":"issued","notBefore","notAfter"} or
# {"result":"failed","kind":"challenge|limited|refused|unreachable|internal","detail":"one sentence","retryAfterSeconds":N or null}

failed() {
  answer --arg kind "$1" --arg detail "$(one_line "$2")" --argjson after "${3:-null}" '{result: "failed", kind: $kind, detail: $detail, retryAfterSeconds: $after}'
  exit 0
}

# client ARGUMENT…: dehydrated, bounded in time; what it says goes to `log`.
client() {
  local ca=()
  [ ! -s $edge/acme-ca.pem ] || ca=("CURL_CA_BUNDLE=$edge/acme-ca.pem")
  env "${ca[@]}" edge_directory="$directory" edge_email="$email" edge_work="$work" edge_account="$account" \
    timeout -k 5 100 dehydrated --config "$here/dehydrated.conf" --no-lock --accept-terms "$@" 2>"$log"
}

# register: an account is there whole, or not at all.
register() {
  local kept=$account
  lock account 150
  [ ! -d "$kept" ] || return 0
  account=$work/account
  client --register >&2 || explain $?
  mv -T "$account" "$kept"
  account=$kept
}

# header NAME, problem FIELD: of the server's last answer, which the log ends with where the client did not like it.
last_answer() { tr -d '\r' <"$log" | awk '/^Details:$/ { text = ""; next } { text = text $0 "\n" } END { printf "%s", text }'; }
header() { last_answer | sed -n "/^\$/q; s/^$1: *//Ip" | tail -1; }
problem() { last_answer | sed '1,/^$/d' | jq -r ".$1 // empty" 2>/dev/null | head -1 || true; }

retry_after() {
  local value
  value=$(header retry-after)
  if [[ $value =~ ^[0-9]{1,9}$ ]]; then
    echo "$value"
  elif [ -n "$value" ] && value=$(date -d "$value" +%s 2>/dev/null); then
    echo $((value > EPOCHSECONDS ? value - EPOCHSECONDS : 0))
  else
    echo null
  fi
}

# explain CODE: why the client failed.
explain() {
  local code=$1 status detail
  cat "$log"
  case $code in 124 | 137) failed unreachable "The certificate authority did not finish in time." ;; esac
  if grep -q 'Challenge is invalid!' "$log"; then
    detail=$(sed -nE 's/.*\["error","detail"\][[:space:]]*(".*").*/\1/p' "$log" | head -1 | jq -r . || true)
    failed challenge "${detail:-The certificate authority could not confirm the domain.}"
  fi
  status=$(sed -nE 's/.*\(Status ([0-9]+)\).*/\1/p' "$log" | tail -1)
  detail=$(problem detail)
  if [ "$status" = 429 ] || [[ $(problem type) == *:rateLimited ]]; then
    failed limited "${detail:-The certificate authority wants fewer orders.}" "$(retry_after)"
  fi
  case $status in
    "") ;;
    5??) failed unreachable "The certificate authority has trouble (it answered $status)." "$(retry_after)" ;;
    4??) failed refused "${detail:-The certificate authority refused with $status.}" "$(retry_after)" ;;
  esac
  if grep -q 'Problem connecting to server' "$log"; then
    failed unreachable "The certificate authority cannot be reached ($(curl_says "$(sed -nE 's/.*curl returned with ([0-9]+)\).*/\1/p' "$log" | tail -1)"))."
  fi
  ! grep -q 'Order in status invalid' "$log" || failed refused "The certificate authority declared the order invalid."
  failed internal "The ACME client failed: $(sed -n 's/^ERROR: //p' "$log" | tail -1)"
}

curl_says() {
  case $1 in
    6) echo "its name has no address" ;;
    7) echo "the connection was refused" ;;
    28) echo "it does not answer" ;;
    35 | 60) echo "its own certificate is not trusted" ;;
    *) echo "curl: $1" ;;
  esac
}

# at_hand: whether the kept certificate will do; then answers with it.
at_hand() {
  local about=$edge/certificates/$id/about.json
  [ -s "$about" ] && jq -e --arg d "$domain" --argjson until "$1" '.domain == $d and .notAfter >= $until' "$about" >/dev/null || return 1
  answer --slurpfile about "$about" '$about[0] | {result: "issued", notBefore, notAfter}'
}

# keep: checks what came and puts it in the place of the former one.
keep() {
  local field new epoch=()
  awk '/-----BEGIN CERTIFICATE-----/, /-----END CERTIFICATE-----/' "$work/answer" >"$work/new/fullchain.pem"
  openssl x509 -in "$work/new/fullchain.pem" -noout -checkhost "$domain" | grep -q 'does match' || failed internal "What the certificate authority sent is no certificate of $domain."
  [ "$(openssl x509 -in "$work/new/fullchain.pem" -noout -pubkey)" = "$(openssl pkey -in "$work/new/privkey.pem" -pubout)" ] ||
    failed internal "The certificate that came has another key."
  for field in start end; do
    epoch+=("$(date -d "$(openssl x509 -in "$work/new/fullchain.pem" -noout -${field}date | cut -d= -f2)" +%s)")
  done
  jq -cn --arg id "$id" --arg d "$domain" --argjson b "${epoch[0]}" --argjson a "${epoch[1]}" '{id: $id, domain: $d, notBefore: $b, notAfter: $a}' >"$work/new/about.json"
  sync "$work"/new/*
  new=$id.$EPOCHREALTIME
  lock apply 120
  mv -T "$work/new" "$edge/kept/$new"
  ln -sfn "../kept/$new" "$edge/certificates/.$id"
  mv -T "$edge/certificates/.$id" "$edge/certificates/$id"
  find $edge/kept -mindepth 1 -maxdepth 1 -name "$id.*" ! -name "$new" -exec rm -rf {} +
}

request_certificate() {
  local id=${1:-} domain=${2:-} directory="" email="" until="" work log account try code
  valid_id "$id"
  valid_domain "$domain"
  shift 2
  while [ $# -gt 0 ]; do
    case $1 in
      --directory) directory=${2:-} ;;
      --email) email=${2:-} ;;
      --fresh-until) until=${2:-} ;;
      *) refuse_call "unknown option: $1" ;;
    esac
    shift 2 || refuse_call "request-certificate ID DOMAIN --directory URL [--email E] --fresh-until EPOCH"
  done
  [[ $directory =~ ^https://[^[:space:]\"\\]+$ ]] || refuse_call "no https URL: $directory"
  [[ $email =~ ^([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+)?$ ]] || refuse_call "no address: $email"
  [[ $until =~ ^[0-9]{1,12}$ ]] || refuse_call "no time: $until"

  lock "certificate.$id" 150
  if at_hand "$until"; then return; fi
  work=$edge/orders/$id log=$work/log account=$edge/acme/$(sha256sum <<<"$directory" | cut -c1-16)
  find $edge/challenges -type f -mmin +60 -delete
  for try in 1 2; do
    rm -rf "$work"
    mkdir -p "$work/new"
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj / -addext "subjectAltName=DNS:$domain" \
      -keyout "$work/new/privkey.pem" -out "$work/request.pem" 2>"$log" || failed internal "No key could be made."
    [ -d "$account" ] || register
    code=0
    client --signcsr "$work/request.pem" >"$work/answer" || code=$?
    [ $code != 0 ] || break
    # A server that has lost its accounts gets a new one.
    if [ $try = 2 ] || ! grep -q 'urn:ietf:params:acme:error:accountDoesNotExist' "$log"; then explain $code; fi
    rm -rf "$account"
  done
  keep
  at_hand 0
  rm -rf "$work"
}
