# shellcheck shell=bash
# edge reload: nginx reads its certificates again. {"generation"}
reload() {
  lock apply 120
  accepts "$(readlink -f $edge/live)" || fail "nginx refuses the sites in force: $(one_line "$opinion")"
  reload_nginx
  answer --argjson n "$(live_number)" '{generation: $n}'
}
