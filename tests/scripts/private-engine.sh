#!/bin/bash
# The life of private Engines: two side by side, taken over, killed, frozen, stopped with their data kept, removed without a trace.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" = 0 ] || exit 77
work=$(mktemp -d /tmp/troupe-eng.XXXX)
# One of them so far below that its socket has to be elsewhere.
one=$work/one two=$work/$(printf 'a-long-way-down/%.0s' 1 2 3 4 5 6 7)two
finish() {
  "$root/docker/private-engine" remove "$one"
  "$root/docker/private-engine" remove "$two"
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
fail() { echo "FAILED: $*" >&2; exit 1; }
engine() { "$root/docker/private-engine" "$@"; }
setting() { engine url "$1" | sed -n "s/^$2=//p"; }
call() { "$root/config/scripts/engine-call" "$(setting "$1" DOCKER_HOST)" "${@:2}" --max-time 5; }
swarm() { call "$1" GET /swarm | jq -r .ID; }
page() { curl -s --max-time 2 "http://$(setting "$1" HOST_IP):18080/" | grep -q 'Troupe is running'; }
eventually() {
  local end=$((SECONDS + 30))
  until "$@" 2>/dev/null; do
    [ $SECONDS -lt $end ] || fail "never came true: $*"
    sleep 0.1
  done
}

# traces: everything on this host that an Engine of this test could leave.
traces() {
  local directory id
  for directory in "$one" "$two"; do
    id=$(printf %s "$directory" | sha256sum | cut -c1-8)
    ip netns list | grep "troupe-$id" || true
    ip -o link | grep "troupe$id" || true
    iptables -S | grep "troupe-$id" || true
    iptables -t nat -S | grep "troupe-$id" || true
    grep -F -- "$directory" /proc/mounts || true
    find /sys/fs/cgroup -name "*troupe-$id*"
    echo "$directory" >"$work/pattern"  # not as an argument: grep would find itself
    grep -lzFf "$work/pattern" /proc/[0-9]*/cmdline 2>/dev/null || true
    find /tmp -maxdepth 1 -name "troupe-$id"
  done
}

engine start "$one" >/dev/null || exit 77
engine start "$two" >/dev/null
[ "$(swarm "$one")" != "$(swarm "$two")" ] || fail "both are the same Swarm"
[ "$(setting "$one" HOST_IP)" != "$(setting "$two" HOST_IP)" ] || fail "both have the same address"
engine remove "$two"

before=$(swarm "$one")
engine start "$one" >/dev/null
[ "$(swarm "$one")" = "$before" ] || fail "a second start is not the same Engine"

"$root/config/scripts/sample-image" "$(setting "$one" DOCKER_HOST)"
call "$one" POST /services/create -H 'Content-Type: application/json' -d '{"Name":"web","EndpointSpec":{"Mode":"dnsrr",
  "Ports":[{"TargetPort":8080,"PublishedPort":18080,"PublishMode":"host"}]},
  "TaskTemplate":{"ContainerSpec":{"Image":"troupe-sample:1","Init":true,"Mounts":[{"Type":"volume","Source":"kept","Target":"/data"}]},
  "RestartPolicy":{"Delay":100000000},"Resources":{"Limits":{"MemoryBytes":67108864}}}}' >/dev/null
eventually page "$one"
container=$(call "$one" GET /containers/json | jq -r '.[0].Id')
state=$(engine exec "$one" grep -h NoNewPrivs "/proc/$(call "$one" GET "/containers/$container/json" | jq .State.Pid)/status")
[ "${state##*[[:space:]]}" = 1 ] || fail "containers may gain privileges: $state"

engine kill-daemon "$one"
if call "$one" GET /_ping >/dev/null 2>&1; then fail "dockerd answers after kill-daemon"; fi
page "$one" || fail "containers do not outlive dockerd"
engine start-daemon "$one"
[ "$(swarm "$one")" = "$before" ] || fail "the Swarm is lost with a crash"
eventually page "$one"

engine exec "$one" pkill -KILL -x dockerd
eventually grep -q 'dockerd ended by itself, exit code 137' "$one/log"
answers() { call "$one" GET /_ping >/dev/null; }
eventually answers
eventually page "$one"
[ "$(swarm "$one")" = "$before" ] || fail "the Swarm is lost with a crash that nobody ordered"

engine freeze "$one"
if "$root/config/scripts/engine-call" "$(setting "$one" DOCKER_HOST)" GET /info --max-time 1 >/dev/null 2>&1; then fail "dockerd answers while frozen"; fi
page "$one" || fail "containers freeze with dockerd"
engine thaw "$one"
call "$one" GET /info >/dev/null || fail "no answer after thaw"

engine freeze "$one"
engine stop "$one"
[ -z "$(traces)" ] || fail "stop leaves: $(traces)"
engine start "$one" >/dev/null
[ "$(swarm "$one")" = "$before" ] || fail "the Swarm is lost with a stop"
eventually page "$one"
call "$one" GET /volumes/kept >/dev/null || fail "volumes are lost with a stop"

engine remove "$one"
[ -z "$(traces)" ] || fail "remove leaves: $(traces)"
[ ! -e "$one" ] || fail "remove leaves the directory"
echo "all as promised"
