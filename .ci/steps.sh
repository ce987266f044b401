# Functions of .ci/run and .ci/nightly. Each step has a time limit and writes its results to a file. The last line is always
# `N passed, N failed`, and the exit code is 0 only if something passed and nothing failed.
set -um
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export CI=true
exec </dev/null

results=$(mktemp -d)
passed=0
failed=0
group=

stop_group() {
  [ -n "$group" ] || return 0
  kill -TERM -- "-$group" 2>/dev/null && sleep 1 && kill -KILL -- "-$group" 2>/dev/null
  group=
}

finish() {
  trap - EXIT INT TERM HUP
  stop_group
  rm -rf "$results"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit $?
}
interrupted() {
  echo "Interrupted."
  failed=$((failed + 1))
  finish
}
trap finish EXIT
trap interrupted INT TERM HUP

# Runs a command in its own process group, so that no child process outlives it. Sets its exit code as `code`.
run_limited() { # <time limit in minutes> <command …>
  local limit=$((${1%m} * 60)) left
  shift
  if [ -n "${ALL_TIME:-}" ]; then
    left=$((${ALL_TIME%m} * 60 - SECONDS))
    [ "$left" -lt "$limit" ] && limit=$((left > 0 ? left : 1))
  fi
  timeout --kill-after=10s "$limit" "$@" &
  group=$!
  wait "$group"
  code=$?
  stop_group
}

# Runs a command that later steps need. It has no results: only a failure counts.
prepare() { # <name> <time limit in minutes> <command …>
  local name=$1 code
  shift
  run_limited "$@"
  [ "$code" -eq 0 ] && return
  echo "$name: the preparation exited with code $code."
  failed=$((failed + 1))
}

# Runs a command, and counts the results in its file.
step() { # <name> <time limit in minutes> <result file> <command …>
  local name=$1 limit=$2 file=$3 code counts
  shift 3
  run_limited "$limit" "$@"
  if counts=$(node .ci/count.mjs "$file" "$code"); then
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
  else
    echo "$name exited with code $code and wrote no result."
    failed=$((failed + 1))
  fi
}
