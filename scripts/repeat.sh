#!/bin/sh
# Runs all tests again and again, for a night: sh scripts/repeat.sh [times [tests...]], 20 times without it
# Prints a line for each run. At a run that fails it stops, and leaves that run's output for you to read.
set -eu
cd "$(dirname "$0")/.."
times=${1:-20}
[ $# = 0 ] || shift
log=$(mktemp)
run=1
while [ "$run" -le "$times" ]; do
  began=$(date +%s)
  code=0
  NO_COLOR=1 sh scripts/test.sh --reporter=dot "$@" >"$log" 2>&1 || code=$?
  counts=$(sed -n 's/^ *Tests  *//p' "$log")
  echo "run $run of $times: ${counts:-no tests ran}, $(($(date +%s) - began)) s"
  if [ "$code" != 0 ]; then
    echo "toehold: run $run failed, its output is in $log" >&2
    exit 1
  fi
  run=$((run + 1))
done
rm -f "$log"
