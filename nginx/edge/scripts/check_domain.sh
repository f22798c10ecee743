# shellcheck shell=bash
# edge check-domain DOMAIN TOKEN [--addresses A,B]: whether the domain leads here, as an ACME server would see it.
# {"result":"ok|no_address|wrong_address|unreachable|other_answer","addresses":[…],"detail":"one sentence"}
# Without --addresses an address must be a public one; with it, one of those. Any other is never contacted. ACME servers prefer IPv6: where
# this container has none, an IPv6 address counts if it is one of those.

public_address() {
  case $1 in
    *:*) [[ $1 == [23]???:* && $1 != 2001:db8:* && $1 != 2002:* ]] ;;
    0.* | 10.* | 127.* | 169.254.* | 192.0.0.* | 192.0.2.* | 192.88.99.* | 192.168.* | 198.18.* | 198.19.* | 198.51.100.* | 203.0.113.*) return 1 ;;
    100.6[4-9].* | 100.[7-9]?.* | 100.1[01]?.* | 100.12[0-7].* | 172.1[6-9].* | 172.2?.* | 172.3[01].*) return 1 ;;
    22[4-9].* | 23?.* | 24?.* | 25?.*) return 1 ;;
  esac
}

reaches_ipv6() { [ -n "$(ip -6 -o route show default)" ]; }

# ask DOMAIN TOKEN ADDRESS: sets `result` and `detail`.
ask() {
  local told code to=$3
  [[ $to != *:* ]] || to="[$to]"
  if ! told=$(curl -s -o "$work/body" -w '%{http_code} %{redirect_url}' --noproxy '*' --proto =http --connect-timeout 3 --max-time 6 \
    --max-filesize 4096 --resolve "$1:80:$to" "http://$1/.well-known/acme-challenge/$2"); then
    result=unreachable detail="Nothing answers at port 80 of $3, which $1 leads to."
    return
  fi
  code=${told%% *}
  if [ "$code" = 200 ] && cmp -s "$work/body" "$edge/challenges/$2"; then
    result=ok detail="$1 leads here."
  elif [ -n "${told#* }" ]; then
    result=other_answer detail="$3, which $1 leads to, redirects port 80 elsewhere instead of being this platform."
  else
    result=other_answer detail="$3, which $1 leads to, is not this platform (its answer was $code)."
  fi
}

check_domain() {
  local domain=${1:-} token=${2:-} expected="" address all=() asked=() unasked="" wrong=() result="" detail=""
  valid_domain "$domain"
  [[ $token =~ ^[A-Za-z0-9_-]{8,128}$ ]] || refuse_call "no token: $token"
  case ${3:-} in
    "") ;;
    --addresses) expected=,${4:?}, ;;
    *) refuse_call "check-domain DOMAIN TOKEN [--addresses A,B]" ;;
  esac
  # -A: IPv6 too, although this container may have none.
  mapfile -t all < <(timeout 6 getent -A ahosts "$domain." | awk '{ print $1 }' | sort -u)
  for address in "${all[@]}"; do
    if [ -n "$expected" ]; then [[ $expected == *",$address,"* ]]; else public_address "$address"; fi || wrong+=("$address")
    if [[ $address != *:* ]] || reaches_ipv6; then asked+=("$address"); elif [ -z "$expected" ]; then unasked=$address; fi
  done
  if [ ${#all[@]} = 0 ]; then
    result=no_address detail="$domain has no address in the DNS."
  elif [ ${#wrong[@]} -gt 0 ]; then
    result=wrong_address detail="$domain leads to ${wrong[0]}, which is not an address of this platform."
  elif [ -n "$unasked" ]; then
    result=unreachable
    detail="$domain leads to $unasked too, which cannot be asked from here, as there is no IPv6: remove its AAAA record, or let the operator list this platform's addresses (EDGE_ADDRESSES)."
  else
    work=$(mktemp -d)
    # What is answered cannot be guessed from what is asked.
    openssl rand -hex 32 >"$edge/challenges/$token"
    for address in "${asked[@]}"; do
      ask "$domain" "$token" "$address"
      [ "$result" = ok ] || break
    done
    rm -rf "$edge/challenges/$token" "$work"
  fi
  answer --arg result "$result" --arg detail "$detail" --argjson addresses "$(printf '%s\n' "${all[@]}" | jq -cRn '[inputs | select(. != "")]')" \
    '{result: $result, addresses: $addresses, detail: $detail}'
}
