# shellcheck shell=bash
# What runs and how it is.

# gives_no_new_privileges: whether the daemon gives it to each container: by its command line, or by the file that it reads.
gives_no_new_privileges() {
  local daemon file words
  daemon=$(in_netns ss -Hlxp 2>/dev/null | grep -F " $socket " | sed -nE 's/.*\("dockerd",pid=([0-9]+).*/\1/p' | head -1) || daemon=""
  words=" $(tr '\0' ' ' 2>/dev/null <"/proc/$daemon/cmdline") " || words=""
  file=$(sed -nE 's/.* --config-file[ =]([^ ]+).*/\1/p' <<<"$words")
  if [[ $words =~ \ --no-new-privileges(=true)?\  ]] || jq -e '."no-new-privileges" == true' "${file:-/etc/docker/daemon.json}" >/dev/null 2>&1; then echo yes; else echo no; fi
}

status() {
  local service id bad=0 newest isolated=yes
  for service in postgres troupe edge $([ "${setting[SOCKET_PROXY]}" != yes ] || echo socket-proxy); do
    id=$(container "$service")
    printf '%-13s %-10s %s\n' "$service" "$(state "$service")" "$([ -z "$id" ] || docker inspect -f '{{.Config.Image}}  since {{.State.StartedAt}}  restarts {{.RestartCount}}' "$id")"
    [ "$(state "$service")" = healthy ] || bad=1
  done
  if isolation check >/dev/null; then say "isolation     in force"; else say "isolation     MISSING: $(isolation_command apply)"; isolated=no bad=1; fi
  newest=$(find "$dir/backups" -name '*.tar.gz' -printf '%TY-%Tm-%TdT%TH:%TM  %p\n' 2>/dev/null | sort | tail -1) || newest=""
  say "last backup   ${newest:-none: $dir/deploy.sh backup}"
  if [ "$(state troupe)" = healthy ]; then docker exec "$(container troupe)" troupe doctor --seen isolation=$isolated --seen "no-new-privileges=$(gives_no_new_privileges)" || bad=1; fi
  return $bad
}
