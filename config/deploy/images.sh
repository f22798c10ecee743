# shellcheck shell=bash
# The images, built from the checkout or taken as they are.

# get_image IMAGE: pulled where it is not there.
get_image() {
  docker image inspect "$1" >/dev/null 2>&1 || quietly docker pull -q "$1" || die "there is no image $1" "give one that is on this machine or in a registry it reaches; config/scripts/debian-image makes $1 where it is Debian's"
}

# build TAG ARGUMENT...
build() {
  say "Building $1"
  quietly docker build -q -t "$1" --build-arg "BASE_IMAGE=${setting[BASE_IMAGE]}" "${@:2}" || die "the image $1 could not be built" "see the end of its log above"
}

make_images() {
  get_image "${setting[POSTGRES_IMAGE]}"
  if [ -z "${setting[image]-}" ] || [ -z "${setting[edge_image]-}" ]; then get_image "${setting[BASE_IMAGE]}"; fi
  if [ -n "${setting[image]-}" ]; then
    get_image "${setting[image]}"
    setting[TROUPE_IMAGE]=${setting[image]}
  else
    build_troupe
  fi
  if [ -n "${setting[edge_image]-}" ]; then
    get_image "${setting[edge_image]}"
    setting[EDGE_IMAGE]=${setting[edge_image]}
  else
    setting[EDGE_IMAGE]=${setting[INSTANCE]}-edge:$version
    build "${setting[EDGE_IMAGE]}" "$source_dir/nginx/edge"
  fi
}

build_troupe() {
  local revision created context
  revision=$(git -C "$source_dir" rev-parse HEAD 2>/dev/null) || revision=unknown
  # Of the revision, not of the build: what did not change builds to the same image.
  created=$(git -C "$source_dir" log -1 --format=%cI 2>/dev/null) || created=unknown
  local labels=(--build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "CREATED=$created")
  setting[TROUPE_IMAGE]=${setting[INSTANCE]}:$version
  if [ -z "${setting[binary]-}" ]; then
    build "${setting[TROUPE_IMAGE]}" "${labels[@]}" "$source_dir"
    return
  fi
  build "${setting[INSTANCE]}-runtime:$version" --target runtime "${labels[@]}" "$source_dir"
  context=$(mktemp -d)
  # The time is part of the layer: the same program gives the same image.
  install -m 755 "${setting[binary]}" "$context/troupe"
  touch -d @0 "$context/troupe"
  printf 'FROM %s\nCOPY troupe /usr/local/bin/troupe\n' "${setting[INSTANCE]}-runtime:$version" >"$context/Dockerfile"
  build "${setting[TROUPE_IMAGE]}" "$context"
  rm -rf "$context"
}
