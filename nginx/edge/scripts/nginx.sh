# shellcheck shell=bash
# The running nginx.

# How many old workers stay for their WebSockets and event streams, each with the configuration of its time in memory.
old_workers_kept=32

# workers TITLE: process ids whose title is exactly this, oldest first.
workers() {
  local directory title stat
  for directory in /proc/[0-9]*; do
    IFS= read -r -d '' title <"$directory/cmdline" || true
    [ "${title%"${title##*[! ]}"}" = "nginx: $1" ] || continue
    read -r stat <"$directory/stat" || continue
    # shellcheck disable=SC2086
    set -- "$1" ${stat##*) }
    echo "${21} ${directory#/proc/}"
  done 2>/dev/null | sort -n | cut -d' ' -f2
}
serving_workers() { workers "worker process"; }

told_generation() { curl -s --max-time 2 http://127.0.0.1:8081/generation || true; }

# reload_nginx: returns once nothing answers by the former configuration.
reload_nginx() {
  local end=$((SECONDS + 30)) wanted before
  wanted=$(live_number)
  until [ -n "$(told_generation)" ]; do
    [ $SECONDS -lt $end ] || fail "nginx does not run"
    sleep 0.05
  done
  before=$(serving_workers)
  kill -HUP "$(cat $run/nginx.pid)"
  until [ "$(told_generation)" = "$wanted" ] && [ -z "$(comm -12 <(sort <<<"$before") <(serving_workers | sort))" ]; do
    [ $SECONDS -lt $end ] || fail "nginx did not take generation $wanted within 30 s"
    sleep 0.02
  done
  workers "worker process is shutting down" | head -n -$old_workers_kept | xargs -r kill -TERM 2>/dev/null || true
}
