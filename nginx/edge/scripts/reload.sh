# shellcheck shell=bash
# edge reload: nginx reads all again. {"generation"}. Certificates need none.
reload() {
  lock apply 120
  accepts "$(readlink -f $edge/live)" || fail "nginx refuses the sites in force: $(one_line "$opinion")"
  reload_nginx
  answer --argjson n "$(live_number)" '{generation: $n}'
}
