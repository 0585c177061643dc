#!/bin/sh
# npm test: everything but what takes its time: the storm (npm run test:storm) and the installed package (npm run test:package).
# What follows on the command line goes to vitest: npm test -- test/core
set -eu
cd "$(dirname "$0")/.."
# The tests of the whole command run what was built.
sh scripts/build.sh --if-stale

# What some tests need of the system: a program and Debian's package of it. Root on Debian (CI, a container)
# gets what is missing. Otherwise the last lines say what was not run.
needs='/usr/bin/chromium:chromium:the pages in a real browser
/usr/bin/ps:procps:processes on systems without /proc
/usr/bin/systemd-analyze:systemd:the systemd unit
/usr/bin/prometheus:prometheus:scraping the metrics
/usr/sbin/nginx:nginx:the TLS proxy of SECURITY.md
/usr/bin/zsh:zsh:completion in zsh
/usr/bin/fish:fish:completion in fish
/usr/bin/python3:python3:the Python app and the static files of docs/languages.md'

# Debian's Go is too large to install for one test: it runs where Go is already there.
if command -v go >/dev/null; then large=''; else large='  golang-go: the Go app of docs/languages.md (never installed by this script)
'; fi

missing() {
  echo "$needs" | while IFS=: read -r program package what; do
    [ -x "$program" ] || printf "$1" "$package" "$what"
  done
}

packages=$(missing '%s%.0s ')
if [ -n "$packages" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "toehold: the tests need Debian's packages $packages: installing them" >&2
  # shellcheck disable=SC2086 # one word each
  apt-get update -qq >&2 &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2 || true
fi

code=0
node node_modules/vitest/vitest.mjs run --exclude 'test/storm/**' --exclude 'test/package/**' "$@" || code=$?
untested=$large$(missing '  %s: %s\n')
[ -z "$untested" ] || printf '\nNOT RUN, for want of these packages (Debian: apt-get install …, then npm test again):\n%s\n' "$untested" >&2
exit "$code"
