# shellcheck shell=bash
# The running nginx.

# Old workers stay for their WebSockets and event streams, each with the sites of its time in memory: this many kB in all.
old_workers_kb=786432

# workers TITLE: process ids whose title is exactly this, in `found`. Without other programs: it is asked again and again.
workers() {
  local directory title
  found=()
  for directory in /proc/[0-9]*; do
    { IFS= read -r -d '' title <"$directory/cmdline" || true; } 2>/dev/null
    [ "${title%"${title##*[! ]}"}" != "nginx: $1" ] || found+=("${directory#/proc/}")
  done
}

# told_generation: what nginx says that it serves, in `told`; empty where it does not answer.
told_generation() {
  local line
  told=""
  { exec 5<>/dev/tcp/127.0.0.1/8081; } 2>/dev/null || return 0
  printf 'GET /generation HTTP/1.0\r\n\r\n' >&5
  while IFS= read -r -t 5 line <&5; do told=$line; done
  exec 5>&-
}

# taken_over WANTED PROCESS…: whether nginx serves that generation, and these former workers accept no more.
taken_over() {
  local process
  told_generation
  [ "$told" = "$1" ] || return 1
  shift
  workers "worker process"
  for process; do
    [[ " ${found[*]} " != *" $process "* ]] || return 1
  done
}

# reload_nginx: returns once nothing is answered by the former configuration.
reload_nginx() {
  local end=$((SECONDS + 30)) wanted before
  wanted=$(live_number)
  until told_generation; [ -n "$told" ]; do
    [ $SECONDS -lt $end ] || fail "nginx does not run"
    sleep 0.05
  done
  workers "worker process"
  before=("${found[@]}")
  kill -HUP "$(<$run/nginx.pid)"
  until taken_over "$wanted" "${before[@]}"; do
    [ $SECONDS -lt $end ] || fail "nginx did not take generation $wanted within 30 s"
    sleep 0.02
  done
  end_oldest_workers
}

end_oldest_workers() {
  local kb old
  kb=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/${found[0]}/status")
  workers "worker process is shutting down"
  old=$((${#found[@]} - old_workers_kb / kb))
  # Process ids grow, but for their rare wrap.
  [ $old -le 0 ] || printf '%s\n' "${found[@]}" | sort -n | head -n $old | xargs kill -TERM || true
}
