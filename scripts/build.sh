#!/bin/sh
# Compiles to dist/. With --if-stale only where a source is newer than what was built last;
# with --is-fresh not at all: it only tells (exit code 0) that nothing is.
set -eu
cd "$(dirname "$0")/.."

if [ ! -x node_modules/.bin/tsc ]; then
  echo "toehold: the dependencies are missing: run npm ci first" >&2
  exit 2
fi

is_fresh() {
  [ -f dist/.built ] || return 1
  newer=$(find src schema db client scripts/bundle.js scripts/shipped.js package.json package-lock.json tsconfig.json -newer dist/.built | head -n 1)
  [ -z "$newer" ]
}

case "${1:-}" in
  --is-fresh) is_fresh && exit 0 || exit 1 ;;
  --if-stale) is_fresh && exit 0 || true ;;
esac

# Built aside and then put in its place: what starts meanwhile never sees half of it.
next=node_modules/.cache/toehold-build.$$
trap 'rm -rf "$next" "$next.old"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
echo "toehold: building..." >&2
mkdir -p "$next/db" "$next/src/host"
# As old as the beginning of the build: a source that is edited during it is newer.
touch "$next/.built"
node scripts/bundle.js "$next" >&2
# With its types, and against what a browser has: nothing of Node may be in it.
node node_modules/typescript/bin/tsc -p client/tsconfig.json --outDir "$next" >&2
cp -R db/migrations "$next/db/migrations"
cp src/host/acts.cjs "$next/src/host/acts.cjs"
chmod +x "$next/src/main.js"
[ -d dist ] && mv dist "$next.old"
mv "$next" dist
