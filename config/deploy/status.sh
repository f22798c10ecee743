# shellcheck shell=bash
# What runs and how it is.

status() {
  local service id bad=0 newest
  for service in postgres troupe edge $([ "${setting[SOCKET_PROXY]}" != yes ] || echo socket-proxy); do
    id=$(container "$service")
    printf '%-13s %-10s %s\n' "$service" "$(state "$service")" "$([ -z "$id" ] || docker inspect -f '{{.Config.Image}}  since {{.State.StartedAt}}  restarts {{.RestartCount}}' "$id")"
    [ "$(state "$service")" = healthy ] || bad=1
  done
  if isolation check >/dev/null; then say "isolation     in force"; else say "isolation     MISSING: $dir/tenant-isolation apply"; bad=1; fi
  newest=$(find "$dir/backups" -name '*.tar.gz' -printf '%TY-%Tm-%TdT%TH:%TM  %p\n' | sort | tail -1)
  say "last backup   ${newest:-none: $dir/deploy.sh backup}"
  if [ "$(state troupe)" = healthy ]; then docker exec "$(container troupe)" troupe doctor || bad=1; fi
  return $bad
}
