# shellcheck shell=bash
# Docker and Compose, as the other parts use them.

if docker compose version >/dev/null 2>&1; then compose_command=(docker compose); else compose_command=(docker-compose); fi

compose() {
  local files=(-f docker-compose.prod.yml) name
  (
    cd "$dir" || exit
    for name in "${kept[@]}"; do export "$name=${setting[$name]-}"; done
    ENGINE_SOURCE=${setting[DOCKER_SOCKET]} ENGINE_TARGET=/run/engine/docker.sock
    if [ "${setting[SOCKET_PROXY]}" = yes ]; then
      files+=(-f docker-compose.socket-proxy.yml)
      ENGINE_SOURCE=engine ENGINE_TARGET=/run/engine
    fi
    FILES_SUM=$(cat secrets/[!p]* socket-proxy.conf | sha256sum | cut -d' ' -f1)
    [ ! -e compose.override.yml ] || files+=(-f compose.override.yml)
    export ENGINE_SOURCE ENGINE_TARGET FILES_SUM
    "${compose_command[@]}" --project-directory . "${files[@]}" "$@"
  )
}

# quietly COMMAND...: its output only where it fails.
quietly() {
  local said
  said=$("$@" 2>&1) || { local code=$?; printf '%s\n' "$said" | tail -40 >&2; return "$code"; }
}

# container SERVICE: by its name, which no other container can have; labels come from images, too.
container() {
  local name=${setting[COMPOSE_PROJECT_NAME]}-$1
  case $1 in troupe) name=${setting[COMPOSE_PROJECT_NAME]}-server ;; edge) name=${setting[EDGE_CONTAINER]} ;; esac
  docker ps -aq --filter "name=^/$name\$"
}

# state SERVICE: healthy, starting, unhealthy, exited …; "absent" without a container.
state() {
  local id
  id=$(container "$1")
  if [ -z "$id" ]; then echo absent; else docker inspect -f '{{if .State.Health}}{{if .State.Running}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}{{else}}{{.State.Status}}{{end}}' "$id"; fi
}

# wait_for SERVICE SECONDS
wait_for() {
  local began=$SECONDS
  until [ "$(state "$1")" = healthy ]; do
    if [ $((SECONDS - began)) -ge "$2" ] || [ "$(docker inspect -f '{{.RestartCount}}' "$(container "$1")")" -ge 5 ]; then
      echo "deploy.sh: $1 is $(state "$1") after $((SECONDS - began)) s; the end of its log:" >&2
      docker logs --tail 15 "$(container "$1")" >&2 2>&1 || true
      return 1
    fi
    sleep 0.5
  done
}

# one_shot IMAGE ARGUMENT...: the program with the database and nothing else.
one_shot() {
  local image=$1
  shift
  docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges --network "${setting[COMPOSE_PROJECT_NAME]}-database" \
    -v "$dir/secrets/database_url:/run/secrets/database_url:ro" -e "DATABASE_URL_FILE=/run/secrets/${database_secret:-database_url}" \
    ${database_secret:+-v "$dir/secrets/$database_secret:/run/secrets/$database_secret:ro"} "$image" "$@"
}

psql() { docker exec -i -e PGOPTIONS='-c client_min_messages=warning' "$(container postgres)" psql -X -q -t -A -v ON_ERROR_STOP=1 -U troupe "$@"; }

engine() { curl -sf --max-time 20 --unix-socket "$socket" "http://engine$1" "${@:2}"; }
