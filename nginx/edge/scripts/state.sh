# shellcheck shell=bash
# edge state: {"generation","sites":{ID:SHA256},"certificates":{ID:{"domain","notBefore","notAfter"}},"excluded":{ID:WHY}}
state() {
  lock apply 120
  answer --argjson n "$(live_number)" --argjson sites "$(sites)" --argjson certificates "$(certificates)" --argjson excluded "$(excluded)" \
    '{generation: $n, sites: $sites, certificates: $certificates, excluded: $excluded}'
}

sites() {
  find $edge/live/ -maxdepth 1 -name '*.conf' -exec sha256sum {} + |
    jq -cRn '[inputs | {(.[66:] | split("/")[-1] | rtrimstr(".conf")): .[:64]}] | add // {}'
}

certificates() {
  find $edge/certificates -type l -printf '%p/about.json\0' | { xargs -0 -r cat || true; } | jq -cn '[inputs | {(.id): (. | del(.id))}] | add // {}'
}

excluded() {
  local file why
  for file in $edge/live/excluded/*; do
    [ -e "$file" ] || continue
    read -r why <"$file" || true
    printf '%s\t%s\n' "${file##*/}" "$why"
  done | jq -cRn '[inputs / "\t" | {(.[0]): .[1]}] | add // {}'
}
