#!/bin/bash
# Every script of the project and every part of one, found by its first line.
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -t scripts < <(grep -rlIE -m1 --exclude-dir={.git,.troupe,build,node_modules} '^#(!/bin/(ba)?sh| shellcheck shell=)' . |
  while read -r file; do if head -1 "$file" | grep -qE '^#(!/bin/| shellcheck shell=)'; then echo "$file"; fi; done | sort)
[ ${#scripts[@]} -ge 10 ] || { echo "only ${#scripts[@]} scripts found"; exit 1; }
shellcheck "${scripts[@]}"
echo "${#scripts[@]} scripts"
