#!/bin/bash
# Who asks for help gets it and has made no mistake; who writes what is no option has.
set -euo pipefail
cd "$(dirname "$0")/../.."
for script in ./run ./test; do
  for option in --help -h; do
    said=$($script $option 2>/dev/null) || { echo "$script $option fails"; exit 1; }
    grep -q "$script" <<<"$said" || { echo "$script $option says nothing of itself"; exit 1; }
  done
  code=0
  $script --no-such-option >/dev/null 2>&1 || code=$?
  [ $code = 64 ] || { echo "$script --no-such-option exits $code"; exit 1; }
done

# .env beside ./run: what is no setting is refused by its line, before anything is done; nothing in it is run.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp run .env.example "$work"
# shellcheck disable=SC2016
printf '%s\n' '# a comment' '' 'PORT=3000' 'PROT=$(touch made)' >"$work/.env"
code=0
said=$("$work/run" --help 2>&1) || code=$?
[ $code = 64 ] || { echo "a wrong line of .env: exit $code, $said"; exit 1; }
grep -q 'PROT=.* is no setting' <<<"$said" || { echo "a wrong line of .env is not shown: $said"; exit 1; }
# shellcheck disable=SC2016
printf '%s\n' 'LOG_LEVEL=$(touch made)' 'PORT=1' >"$work/.env"
(cd "$work" && ./run --help >/dev/null) || { echo "a good .env is refused"; exit 1; }
[ ! -e "$work/made" ] || { echo "a line of .env was run"; exit 1; }
