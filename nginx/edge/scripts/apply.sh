# shellcheck shell=bash
# edge apply: {"generation","applied":[ID],"refused":{ID:WHY}}

# take: what came in goes into taken/, where a later upload cannot meet it. Of an id's two files the later one counts.
take() {
  local file id outdated=()
  local -A last=()
  while read -r file; do
    [[ ${file##*/} =~ ^([a-z0-9_]{1,64})\.(conf|gone)$ ]] || continue
    id=${BASH_REMATCH[1]}
    outdated+=("$edge/taken/$id".{conf,gone} ${last[$id]:+"${last[$id]}"})
    last[$id]=$file
  done < <(find $edge/incoming -mindepth 1 -maxdepth 1 -type f -printf '%C@ %p\n' | sort -n | cut -d' ' -f2-)
  [ ${#last[@]} -gt 0 ] || return 0
  # Killed in between, the later ones are still there to be taken.
  printf '%s\0' "${outdated[@]}" | xargs -0 rm -f
  printf '%s\0' "${last[@]}" | xargs -0 mv -t $edge/taken
}

# read_change FILE: into `text`, `applied`, `refused`, `outdated`. A file's last line names it, so that half of one is none.
read_change() {
  local name=${1##*/} id new="" present=""
  id=${name%.*}
  if [ "$name" = "$id.conf" ]; then
    if IFS= read -r -d '' new <"$1" || [[ $new != *$'\n'"# end of $id"$'\n' ]]; then
      refused[$id]="the file is not whole: its last line is not '# end of $id'"
      return
    fi
    text[$id]=$new
  fi
  applied[$id]=1
  [ ! -e "$staged/$id.conf" ] || IFS= read -r -d '' present <"$staged/$id.conf" || true
  if [ "$new" != "$present" ] || [ -e "$staged/excluded/$id" ]; then
    outdated+=("$staged/$id.conf" "$staged/excluded/$id")
    [ -z "$new" ] || candidate[$id]=1
  fi
}

apply() {
  local file id outdated=()
  local -A applied=() text=()
  lock apply 120
  take
  stage
  while read -r file; do read_change "$file"; done < <(find $edge/taken -type f)
  if [ ${#outdated[@]} -gt 0 ]; then
    # Written anew: the other link of what is here is in force.
    printf '%s\0' "${outdated[@]}" | xargs -0 rm -f
    for id in "${!candidate[@]}"; do printf '%s' "${text[$id]}" >"$staged/$id.conf"; done
    settle
    put_in_force
  fi
  told_generation
  [ "$told" = "$(live_number)" ] || reload_nginx
  find $edge/taken -type f -delete
  for id in "${!refused[@]}"; do unset "applied[$id]"; done
  answer --argjson n "$(live_number)" --argjson applied "$(listed "${!applied[@]}")" --argjson refused "$(reasons)" \
    '{generation: $n, applied: $applied, refused: $refused}'
}

listed() { printf '%s\n' "$@" | jq -cRn '[inputs | select(. != "")]'; }
reasons() {
  local id
  for id in "${!refused[@]}"; do printf '%s\t%s\n' "$id" "$(one_line "${refused[$id]}")"; done |
    jq -cRn '[inputs / "\t" | {(.[0]): .[1]}] | add // {}'
}
