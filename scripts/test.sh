#!/bin/sh
# npm test: everything but the storm, which takes its time (npm run test:storm).
# What follows on the command line goes to vitest: npm test -- test/core
set -eu
cd "$(dirname "$0")/.."
# The tests of the whole command run what was built.
sh scripts/build.sh --if-stale

# GraphiQL is tested in a browser, and what tells of processes elsewhere by `ps`. Root on Debian (CI, a
# container) gets what is missing; anybody else is told below.
chromium=/usr/bin/chromium
missing=
[ -x "$chromium" ] || missing="$missing chromium"
command -v ps >/dev/null || missing="$missing procps"
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "toehold: the tests need Debian's packages$missing: installing them" >&2
  # shellcheck disable=SC2086 # one word each
  apt-get update -qq >&2 &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2 || true
fi

code=0
node node_modules/vitest/vitest.mjs run --exclude 'test/storm/**' "$@" || code=$?
if [ ! -x "$chromium" ]; then
  cat >&2 <<TXT

NOT RUN: the tests that open GraphiQL in a real browser (test/server/*-browser.test.ts).
There is no $chromium: install it (Debian: apt-get install chromium), and run npm test again.
TXT
fi
exit "$code"
