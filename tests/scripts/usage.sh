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
