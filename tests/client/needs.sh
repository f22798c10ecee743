#!/bin/bash
# needs.sh PROGRAM: the libraries that the commands for people are linked with, those of the sanitizers aside, are few, and each
# comes with a package of the section [cli] of config/packages.list.
set -euo pipefail
program=$1
needed=$(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^lib(asan|ubsan)\.' | sort)
said=$("$program" --help)
grep -q '^  deploy SERVICE' <<<"$said" || { echo "--help lists no commands: $said"; exit 1; }
while read -r library; do
  case $library in
    libcurl.so.4 | libstdc++.so.6 | libgcc_s.so.1 | libc.so.6 | libm.so.6 | ld-linux-*) ;;
    *) echo "it needs $library"; exit 1 ;;
  esac
done <<<"$needed"
echo "$needed"
