#!/bin/bash
# Whether RevCam grows: itests/bench/soak.sh [MINUTES], 30 if none are given; see L3 in docs/reliability.md.
# Starts RevCam, limited to 384 MB where the memory controller of control groups version 1 can be written to, and keeps four of
# ./revcam view at it, one of which leaves and is replaced each minute. Prints a line a minute: resident memory in MB, threads,
# open descriptors, viewers, joins so far; at the end how memory grew from the fifth minute on, by least squares, and the longest
# pause for garbage collection. Needs curl, ./revcam build, and ./revcam view once before. OPTIONS in the environment are those
# of ./revcam run.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd -P)
minutes=${1:-30}
limit_bytes=$((384 << 20))
group=/sys/fs/cgroup/memory/revcam-soak-$$
state=$(mktemp -d)
views=()
revcam=

finish() {
  local pid
  for pid in "${views[@]}" $revcam; do kill "$pid" 2>/dev/null || true; done
  wait || true
  [[ ! -d $group ]] || rmdir "$group" || true
  rm -rf "$state"
}
trap finish EXIT

start_revcam() {
  if mkdir "$group" 2>/dev/null && echo "$limit_bytes" >"$group/memory.limit_in_bytes"; then
    echo "$BASHPID" >"$group/cgroup.procs"
  fi
  # The one variable that is read after java.args, which turn every log off.
  export _JAVA_OPTIONS="-Xlog:gc:file=$state/gc.log"
  # shellcheck disable=SC2086
  exec "$here/revcam" run --port 0 --listen 127.0.0.1 --state "$state" ${OPTIONS:-} >"$state/ready" 2>"$state/log"
}

joins=0
view() { # PLACE SECONDS
  "$here/revcam" view "$url" --seconds "$2" --timeout 60 --json >>"$state/views" 2>&1 &
  views[$1]=$!
  joins=$((joins + 1))
}

start_revcam &
revcam=$!
until url=$(sed -n 's/^ready //p' "$state/ready" 2>/dev/null) && [[ -n $url ]]; do
  kill -0 "$revcam" || { cat "$state/log" >&2; exit 1; }
  sleep 0.2
done
if [[ -d $group ]]; then echo "in a control group of $((limit_bytes >> 20)) MB"; else echo 'without a limit: no control group can be made'; fi

printf '%8s %8s %8s %12s %8s %8s\n' minute MB threads descriptors viewers joins
began=$SECONDS
for i in 0 1 2 3; do view "$i" $((60 * (i + 1))); done
for ((minute = 0; minute <= minutes; minute++)); do
  while ((SECONDS - began < 60 * minute)); do
    for i in 0 1 2 3; do kill -0 "${views[$i]}" 2>/dev/null || view "$i" 240; done
    sleep 1
  done
  status=$(</proc/"$revcam"/status) || { tail -n 20 "$state/log" >&2; echo 'RevCam has ended'; exit 1; }
  rss=$(sed -n 's/^VmRSS:\s*\([0-9]*\) kB/\1/p' <<<"$status")
  descriptors=(/proc/"$revcam"/fd/*)
  viewers=$(curl -s "${url}api/streams" | sed -n 's/.*"viewers":\([0-9]*\).*/\1/p')
  printf '%8d %8.1f %8d %12d %8s %8d\n' "$minute" "$(awk "BEGIN { print $rss / 1024 }")" \
    "$(sed -n 's/^Threads:\s*//p' <<<"$status")" "${#descriptors[@]}" "${viewers:-?}" "$joins" | tee -a "$state/lines"
done
awk '$1 >= 5 { n++; x += $1; y += $2; xx += $1 * $1; xy += $1 * $2 }
  END { if (n > 2) printf "%+.1f MB an hour from the fifth minute on\n", 60 * (n * xy - x * y) / (n * xx - x * x) }' "$state/lines"
sed -n 's/.* \([0-9.]*\)ms$/\1/p' "$state/gc.log" | sort -n |
  awk '{ last = $1 } END { if (NR) printf "%d collections, the longest %s ms\n", NR, last; else print "nothing is known of collections" }'
sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' /proc/"$revcam"/status | awk '{ printf "at most %.1f MB\n", $1 / 1024 }'
