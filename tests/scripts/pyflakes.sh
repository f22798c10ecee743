#!/bin/bash
# Every Python file of the project. Among what it finds: a test class that another of its name hides, so that none of its tests runs.
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -t files < <(find . \( -name .git -o -name .troupe -o -name build -o -name node_modules \) -prune -o -name '*.py' -print | sort)
[ ${#files[@]} -ge 10 ] || { echo "only ${#files[@]} files found"; exit 1; }
pyflakes3 "${files[@]}"
echo "${#files[@]} files"
