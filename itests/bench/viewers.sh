#!/bin/bash
# What each further viewer costs: itests/bench/viewers.sh [COUNT...], 1 2 4 if none is given; see docs/scale.md.
# Starts RevCam, and for each COUNT that many of ./revcam view, which decode every picture. Prints, for each, the CPU time of
# the media loop and of the whole RevCam process in each second of the half minute in which nobody comes or goes, its resident
# memory, and the frame rate that the worst viewer had. Needs curl, ./revcam build, and ./revcam view once before. OPTIONS in
# the environment are those of ./revcam run.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd -P)
seconds=${SECONDS_EACH:-30}
state=$(mktemp -d)
children=()

finish() {
  for pid in "${children[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait || true
  rm -rf "$state"
}
trap finish EXIT

# Ticks of the processor, by user and kernel, of a process or of one of its threads.
ticks() { # STAT-FILE
  local stat
  stat=$(<"$1")
  # What is behind the name in parentheses, which may have blanks in it.
  read -r _ _ _ _ _ _ _ _ _ _ _ user system _ <<<"${stat##*) }"
  echo $((user + system))
}

milliseconds() { echo $(($1 * 1000 / $(getconf CLK_TCK))); }

# shellcheck disable=SC2086
"$here/revcam" run --port 0 --listen 127.0.0.1 --state "$state" ${OPTIONS:-} >"$state/ready" 2>"$state/log" &
revcam=$!
children+=("$revcam")
until url=$(sed -n 's/^ready //p' "$state/ready") && [[ -n $url ]]; do
  kill -0 "$revcam" || { cat "$state/log" >&2; exit 1; }
  sleep 0.2
done
for task in /proc/"$revcam"/task/*; do
  [[ $(<"$task/comm") != revcam.media-lo* ]] || loop=$task/stat
done

printf '%8s %18s %18s %8s %18s\n' viewers 'media loop, ms/s' 'RevCam, ms/s' 'MB' 'least frames/s'
for count in "${@:-1 2 4}"; do
  for count in $count; do
    views=()
    for ((i = 0; i < count; i++)); do
      "$here/revcam" view "$url" --seconds $((seconds + 8 + 2 * count)) --timeout 60 --json >"$state/view$i" 2>&1 &
      views+=($!)
      children+=($!)
    done
    for ((i = 0; i < 600; i++)); do
      [[ $(curl -s "${url}api/streams") != *'"viewers":'$count[,}]* ]] || break
      sleep 0.1
    done
    sleep 5 # until the rate has settled
    before=$(ticks "$loop") whole=$(ticks /proc/"$revcam"/stat)
    sleep "$seconds"
    after=$(ticks "$loop") wholly=$(ticks /proc/"$revcam"/stat)
    memory=$(awk '/^VmRSS/ {print int($2 / 1024)}' /proc/"$revcam"/status)
    for pid in "${views[@]}"; do wait "$pid" || { cat "$state"/view* >&2; exit 1; }; done
    printf '%8s %18s %18s %8s %18s\n' "$count" "$(($(milliseconds $((after - before))) / seconds))" \
      "$(($(milliseconds $((wholly - whole))) / seconds))" "$memory" \
      "$(cat "$state"/view* | grep -o '"fps": *[0-9.]*' | grep -o '[0-9.]*$' | sort -n | head -n 1)"
    rm "$state"/view*
  done
done
