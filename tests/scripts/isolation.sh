#!/bin/bash
# Attacks from a container of one environment, and by registries that send the Engine elsewhere, first without
# docker/tenant-isolation (the doors must be open, else this test proves nothing), then with it. On a private Engine and a network
# namespace of its own. Exit 77 where none can be started.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
vx=$root/tests/scripts/vx.py
work=$(mktemp -d /tmp/troupe-isolation.XXXX)
engine=$work/engine upstream=upstream-${work##*.} guest=guest-${work##*.}
processes=()
# Also where control groups are of version 1: systemd keeps this tree beside them.
groups=/sys/fs/cgroup
[ ! -e $groups/unified/cgroup.controllers ] || groups=$groups/unified
group=troupe-test-${work##*.}

finish() {
  [ ${#processes[@]} -eq 0 ] || kill "${processes[@]}" 2>/dev/null || true
  "$root/docker/private-engine" remove "$engine"
  for space in "$upstream" "$guest"; do ip netns del "$space" 2>/dev/null || true; done
  rmdir "$groups/$group" 2>/dev/null || true
  rm -rf "$work"
}
[ "$(id -u)" = 0 ] || { rmdir "$work"; exit 77; }
trap finish EXIT
trap 'exit 130' INT TERM
"$root/docker/private-engine" start "$engine" --allow gateway >"$work/engine.env" || exit 77
# shellcheck disable=SC1091
. "$work/engine.env"
export DOCKER_HOST
isolation() { "$root/docker/tenant-isolation" "$1" --netns "$NETNS" --private --daemon eng0; }

failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# eventually COMMAND...: within 20 s.
eventually() {
  local end=$((SECONDS + 20))
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "never came true: $*" >&2; exit 1; }
    sleep 0.1
  done
}

# --- the scene: environments a and b, services of the Engine's host, a network beyond it ------------------------------
"$root/config/scripts/sample-image" "$DOCKER_HOST"
# No single letters: Docker would take them for the beginning of some network's id.
for environment in env-a env-b; do
  docker network create -d overlay --attachable "$environment" >/dev/null
  docker service create -qd --name "$environment-web" --network "$environment" --endpoint-mode dnsrr --cap-drop ALL --user 65534 \
    --publish "mode=host,target=8080,published=$([ $environment = env-a ] && echo 18080 || echo 18081)" troupe-sample:1 >/dev/null 2>&1
done
docker run -d --name attacker --network env-a --cap-drop ALL --user 65534 troupe-sample:1 >/dev/null
[ -n "$(docker inspect -f '{{(index .NetworkSettings.Networks "env-a").IPAddress}}' attacker)" ] || fail "attacker is not in env-a"
task() { docker ps -qf "label=com.docker.swarm.service.name=$1"; }
running() { [ -n "$(task "$1")" ]; }
eventually running env-a-web
eventually running env-b-web
victim=$(task env-b-web)
inspect() { docker inspect -f "$1" "${@:2}"; }
victim_address=$(inspect '{{(index .NetworkSettings.Networks "env-b").IPAddress}}' "$victim")
victim_mac=$(inspect '{{(index .NetworkSettings.Networks "env-b").MacAddress}}' "$victim")
vni=$(docker network inspect -f '{{index .Options "com.docker.network.driver.overlay.vxlanid_list"}}' env-b)
in_container() { "$root/docker/private-engine" exec "$engine" nsenter --net --target "$(inspect '{{.State.Pid}}' "$1")" "${@:2}"; }
bridge_address() { in_container "$1" ip -4 -o addr | sed -nE 's/.* inet (172\.[0-9.]+).*/\1/p'; }
victim_bridge=$(bridge_address "$victim")
host_bridge=$(ip netns exec "$NETNS" ip -4 -o addr show docker_gwbridge | sed -nE 's/.* inet ([0-9.]+).*/\1/p')

# Beyond the Engine's host: a private network, cloud metadata, and a public address (TEST-NET-3).
ip netns add "$upstream"
ip link add up0 netns "$NETNS" type veth peer name up1 netns "$upstream"
ip -n "$NETNS" addr add 192.168.77.1/24 dev up0
ip -n "$NETNS" link set up0 up
ip -n "$upstream" link set lo up
ip -n "$upstream" addr add 192.168.77.2/24 dev up1
ip -n "$upstream" link set up1 up
for address in 169.254.169.254 203.0.113.1; do
  ip -n "$upstream" addr add "$address/32" dev lo
  ip -n "$NETNS" route add "$address/32" via 192.168.77.2
done
# serve PORT COMMAND...: an HTTP server where COMMAND leads.
mkdir "$work/www"
echo open >"$work/www/index.html"
serve() {
  "${@:2}" busybox httpd -f -p "$1" -h "$work/www" &
  processes+=($!)
}
serve 7777 ip netns exec "$NETNS"
serve 80 ip netns exec "$upstream"
serve 2377 ip netns exec "$upstream"
serve "$GATEWAY_IP:7778" env
ip addr add 203.0.113.2/32 dev "${NETNS/-/}"
serve 203.0.113.2:7779 env

# --- the attempts ------------------------------------------------------------------------------------------------------
patience=3  # seconds an attempt may take; fewer where silence is what is expected
get() { docker exec attacker timeout "$patience" wget -q -O /dev/null "http://$1/" 2>/dev/null; }

# frame_reaches PORT DESTINATION COMMAND...: does a frame for b's task, sent to DESTINATION, arrive at PORT where COMMAND leads?
frame_reaches() {
  local receiver
  : >"$work/received"
  "${@:3}" python3 "$vx" receive "$1" "$patience" >"$work/received" &
  receiver=$!
  eventually grep -q listening "$work/received"
  in_container attacker python3 "$vx" send "$2" "$vni" "$victim_mac" "$victim_address" forged
  wait "$receiver" && grep -q forged "$work/received"
}
forged_frame() { frame_reaches 9999 "$1" in_container "$victim"; }
frame_to_another_node() { frame_reaches 4789 203.0.113.1 ip netns exec "$upstream"; }
engine_itself() { ip netns exec "$NETNS" curl -s -o /dev/null --max-time "$patience" "http://$1/"; }

expect() {
  local wanted=$1 found=closed
  shift 1
  if "${@:2}"; then found=open; fi
  printf '  %-8s %s\n' "$found" "$1"
  [ $found = "$wanted" ] || fail "$1 is $found, not $wanted"
}

# What is open without the rules ($1: open or closed).
guarded_doors() {
  expect "$1" "host service over docker_gwbridge" get "$host_bridge:7777"
  expect "$1" "host service at the host's address" get "$HOST_IP:7777"
  expect "$1" "forged VXLAN frame into b, by docker_gwbridge" forged_frame "$host_bridge"
  expect "$1" "forged VXLAN frame into b, by the host's address" forged_frame "$HOST_IP"
  expect "$1" "VXLAN to another node" frame_to_another_node
  expect "$1" "Swarm port of another node" get 203.0.113.1:2377
  expect "$1" "cloud metadata" get 169.254.169.254
  expect "$1" "private network beyond the host" get 192.168.77.2
  expect "$1" "host of the private Engine" get "$GATEWAY_IP:7778"
  expect "$1" "the Engine itself to a private address" engine_itself "$GATEWAY_IP:7778"
}
always_closed() {
  expect closed "another address of the private Engine's host" get 203.0.113.2:7779
  expect closed "b's overlay address" get "$victim_address:8080"
  expect closed "b's docker_gwbridge address" get "$victim_bridge:8080"
  expect closed "b's service by name" get env-b-web:8080
}
always_open() {
  expect open "a's service by name" get env-a-web:8080
  expect open "a public address" get 203.0.113.1
  expect open "b's published port from outside" curl -s -o /dev/null --max-time 3 "http://$HOST_IP:18081/"
}

eventually engine_itself 127.0.0.1:7777
eventually curl -s "http://$GATEWAY_IP:7778/"
eventually curl -s http://203.0.113.2:7779/
eventually get env-a-web:8080

echo "Without the rules"
isolation remove
if isolation check >"$work/missing"; then fail "check finds nothing missing after remove"; fi
grep -q '^missing: IPv4 INPUT' "$work/missing" || fail "check does not name the missing INPUT rule"
if ip netns exec "$NETNS" iptables -S | grep TROUPE; then fail "remove leaves rules"; fi
guarded_doors open
always_open
expect open "b's published port from a" get "$HOST_IP:18081"

echo "With the rules"
isolation apply
before=$(ip netns exec "$NETNS" iptables -S)
isolation apply
[ "$before" = "$(ip netns exec "$NETNS" iptables -S)" ] || fail "a second apply changes the rules"
isolation check || fail "check finds something missing after apply"
always_open
patience=1
guarded_doors closed
always_closed
expect closed "b's published port from a" get "$HOST_IP:18081"

echo "With the rules, after a restart of dockerd"
"$root/docker/private-engine" restart-daemon "$engine"
isolation check || fail "rules are lost with a restart of dockerd"
first_rule=$(ip netns exec "$NETNS" iptables -S FORWARD | sed -n 2p)
[ "$first_rule" = "-A FORWARD -j DOCKER-USER" ] || fail "FORWARD begins with $first_rule"

if [ ! -e $groups/cgroup.controllers ]; then
  echo "This machine has no control groups v2: where the Engine among other programs may go was not tried"
  [ $failures = 0 ] && exit 0 || exit 1
fi

# --- a dockerd among the host's other programs: its control group tells it apart ----------------------------------------
mkdir "$work/asked"
listen() { "${@:3}" python3 "$root/tests/scripts/hostile.py" listen "$1" 7888 "$work/asked/$2" & processes+=($!); }
listen 127.0.0.1 loopback ip netns exec "$NETNS"
listen "$HOST_IP" own ip netns exec "$NETNS"
listen 192.168.77.2 private ip netns exec "$upstream"
listen 169.254.169.254 metadata ip netns exec "$upstream"
port=7800
sent_by=()
for how in redirect realm; do
  for target in 127.0.0.1 "$HOST_IP" 192.168.77.2 169.254.169.254; do
    port=$((port + 1))
    python3 "$root/tests/scripts/hostile.py" registry "$GATEWAY_IP" $port $how "http://$target:7888/$how" &
    processes+=($!)
    sent_by+=("$GATEWAY_IP:$port")
  done
done
for registry in "${sent_by[@]}"; do eventually curl -s "http://$registry/v2/"; done
# pull_all: as a name that leads elsewhere when the Engine resolves it, the last.
pull_all() {
  local registry
  for registry in "${sent_by[@]}" 127.0.0.1:7888; do if timeout 20 docker pull -q "$registry/app:1" >/dev/null 2>&1; then fail "$registry gives an image"; fi; done
}
in_group() {
  local process
  for process in $(ip netns pids "$NETNS"); do
    if [ "$(cat "/proc/$process/comm" 2>/dev/null)" = dockerd ]; then echo "$process" >"$groups/$group/cgroup.procs"; fi
  done
}
as_in_production() { "$root/docker/tenant-isolation" "$1" --netns "$NETNS" --private --engine-cgroup "/$group" --allow "$GATEWAY_IP" "${@:2}"; }

echo "Without a control group of its own"
if as_in_production check >"$work/missing"; then fail "check finds nothing missing where there is no such group"; fi
grep -q "^missing: limits for the Engine: .*$group" "$work/missing" || fail "check does not name the missing group"
as_in_production apply
pull_all
for how in redirect realm; do
  for where in loopback own private metadata; do
    grep -q "$how" "$work/asked/$where" || fail "without limits a $how does not lead to $where: this test would prove nothing"
  done
done

echo "In a control group"
mkdir "$groups/$group"
in_group
rm "$work"/asked/*
as_in_production apply
as_in_production check || fail "check finds something missing after apply"
# What no socket of this namespace sends is nobody's control group's, as frames of an overlay to another node are.
ip netns add "$guest"
ip -n "$NETNS" link add vx9 type vxlan id 9 remote 192.168.77.2 dstport 4790
ip -n "$NETNS" link set vx9 netns "$guest"
ip -n "$guest" addr add 198.51.100.1/24 dev vx9
ip -n "$guest" link set vx9 up
ip -n "$guest" neigh add 198.51.100.2 lladdr 02:00:00:00:00:01 dev vx9
overlay_frame() {
  local before
  before=$(sent_frames)
  ip netns exec "$guest" bash -c 'echo x >/dev/udp/198.51.100.2/9'
  [ "$(sent_frames)" -gt "$before" ]
}
sent_frames() { ip netns exec "$upstream" cat /proc/net/snmp | awk '/^Udp:/ && $2 != "InDatagrams" { print $3 }'; }
expect open "a frame to another node at a private address" overlay_frame
began=$SECONDS
pull_all
[ $((SECONDS - began)) -lt 60 ] || fail "a pull that was sent astray does not end at once"
for where in "$work"/asked/*; do if [ -e "$where" ]; then fail "the Engine was sent to ${where##*/}: $(sort -u "$where")"; fi; done
eventually curl -s -o /dev/null --max-time 3 "http://$HOST_IP:18081/" # the restart above ends later for it
timeout 3 ip netns exec "$NETNS" curl -s -o /dev/null "http://127.0.0.1:7777/" || fail "other programs of the host are limited, too"
expect open "b's published port by docker-proxy" ip netns exec "$NETNS" curl -s -o /dev/null --max-time 3 "http://127.0.0.1:18081/"

echo "Allowed by the operator's settings"
echo 'PRIVATE_REGISTRIES="127.0.0.1:7888, 192.168.77.2"' >"$work/settings.env"
as_in_production apply --allow-registries "$work/settings.env"
pull_all
[ "$(cd "$work/asked" && echo *)" = "loopback private" ] || fail "not what was allowed was asked: $(cd "$work/asked" && echo *)"

echo "In a new control group of that name, as after a restart of its unit"
leave_group() {
  local process
  for process in $(<"$groups/$group/cgroup.procs"); do echo "$process" >"$groups/cgroup.procs"; done
  rmdir "$groups/$group"
}
eventually leave_group
mkdir "$groups/$group"
in_group
if as_in_production check >"$work/missing"; then fail "check takes the former group for the new one"; fi
rm "$work"/asked/*
as_in_production apply
pull_all
for where in "$work"/asked/*; do if [ -e "$where" ]; then fail "the Engine was sent to ${where##*/}: $(sort -u "$where")"; fi; done

[ $failures = 0 ] && echo "all as promised"
