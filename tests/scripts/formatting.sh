#!/bin/bash
# No source differs from what .clang-format makes of it. Mend: git ls-files '*.cpp' '*.hpp' | xargs clang-format -i
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v clang-format >/dev/null || { echo "clang-format is not installed (config/packages.list, [test])"; exit 77; }
sources=$(find . -path ./build -prune -o -path './.*' -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print)
[ "$(wc -l <<<"$sources")" -gt 100 ] || { echo "the sources were not found"; exit 1; }
xargs -P2 -n40 clang-format --dry-run -Werror <<<"$sources"
