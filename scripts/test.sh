#!/bin/sh
# npm test: everything. What follows on the command line goes to vitest: npm test -- test/core
set -eu
cd "$(dirname "$0")/.."
# The tests of the whole command run what was built.
sh scripts/build.sh --if-stale

# The tests of GraphiQL need a browser. Root on Debian (CI, a container) gets one; anybody else is told.
chromium=/usr/bin/chromium
if [ ! -x "$chromium" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "toehold: the browser tests need Chromium: installing Debian's" >&2
  apt-get update -qq >&2 &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2 || true
fi

code=0
node node_modules/vitest/vitest.mjs run "$@" || code=$?
if [ ! -x "$chromium" ]; then
  cat >&2 <<TXT

NOT RUN: the tests that open GraphiQL in a real browser (test/server/*-browser.test.ts).
There is no $chromium: install it (Debian: apt-get install chromium), and run npm test again.
TXT
fi
exit "$code"
