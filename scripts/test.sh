#!/bin/sh
# npm test: everything. What follows on the command line goes to vitest: npm test -- test/core
set -eu
cd "$(dirname "$0")/.."
# The tests of the whole command run what was built.
sh scripts/build.sh --if-stale

find_chromium() {
  command -v chromium || command -v chromium-browser || command -v google-chrome || true
}

# The page tests need a browser. Root on Debian (CI, a container) gets one; anybody else is told.
chromium=${CHROMIUM:-$(find_chromium)}
if [ -z "$chromium" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "toehold: the page tests need Chromium: installing Debian's" >&2
  if apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2; then
    chromium=$(find_chromium)
  fi
fi

if [ -n "$chromium" ]; then
  CHROMIUM=$chromium
  export CHROMIUM
  exec node node_modules/vitest/vitest.mjs run "$@"
fi

code=0
node node_modules/vitest/vitest.mjs run --exclude '**/*.page.test.ts' "$@" || code=$?
cat >&2 <<'TXT'

NOT RUN: the page tests (test/**/*.page.test.ts), which open GraphiQL in a real browser.
No Chromium was found. Install one (Debian: apt-get install chromium) or name it in CHROMIUM, and run npm test again.
TXT
exit "$code"
