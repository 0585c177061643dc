#!/bin/sh
# Compiles to dist/. With --if-stale only where a source is newer than what was built last.
set -eu
cd "$(dirname "$0")/.."

if [ ! -x node_modules/.bin/tsc ]; then
  echo "toehold: the dependencies are missing: run npm ci first" >&2
  exit 2
fi

stamp=dist/.built
if [ "${1:-}" = --if-stale ] && [ -f "$stamp" ]; then
  newer=$(find src schema db package-lock.json tsconfig.json tsconfig.build.json -newer "$stamp" | head -n 1)
  [ -z "$newer" ] && exit 0
fi

# Built aside and then put in its place: what starts meanwhile never sees half of it.
next=node_modules/.cache/toehold-build.$$
trap 'rm -rf "$next" "$next.old"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
echo "toehold: building..." >&2
mkdir -p "$next/db"
# As old as the beginning of the build: a source that is edited during it is newer.
touch "$next/.built"
node node_modules/typescript/bin/tsc -p tsconfig.build.json --outDir "$next" >&2
cp -R db/migrations "$next/db/migrations"
chmod +x "$next/src/main.js"
[ -d dist ] && mv dist "$next.old"
mv "$next" dist
