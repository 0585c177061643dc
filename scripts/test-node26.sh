#!/bin/sh
# Tests of the server, of recovery and of the installed package on Node 26: sh scripts/test-node26.sh [tests...]
# The sources are copied, for SQLite must be compiled for that Node; what was installed is linked, not copied.
set -eu
cd "$(dirname "$0")/.."
place=$PWD/node_modules/.cache/node26
tree=$place/tree
gyp=$(node -p "require('node:path').join(require('node:fs').realpathSync('$(command -v npm)'), '../../node_modules/node-gyp/bin/node-gyp.js')")

# First of all: in the copy every build looks fresh, and a later `npm pack` beside it replaces dist.
sh scripts/build.sh --if-stale
rm -rf "$tree"
mkdir -p "$tree"
# Tracked files alone: `npm pack` beside it makes others, and takes them away again.
git ls-files -z | xargs -0 cp -P --parents -t "$tree"
cp -R dist "$tree/dist"
mkdir "$tree/node_modules"
find node_modules -mindepth 1 -maxdepth 1 ! -name .cache ! -name better-sqlite3 -exec cp -al -t "$tree/node_modules" {} +

platform=$(node -p 'process.platform + "-" + process.arch')
home=$place/node/node_modules/node-$platform
if [ ! -x "$home/bin/node" ]; then
  mkdir -p "$place/node"
  npm install --prefix "$place/node" --no-save --no-audit --no-fund --ignore-scripts "node-$platform@26"
fi
PATH=$home/bin:$PATH
# npm hands its own setting on, which node-gyp puts before its option.
npm_config_nodedir=$home
export PATH npm_config_nodedir

built=$place/better-sqlite3
version=$(node -p "require('./node_modules/better-sqlite3/package.json').version + ' ' + process.versions.modules")
if [ "$(cat "$built/.built" 2>/dev/null)" != "$version" ]; then
  rm -rf "$built"
  cp -R node_modules/better-sqlite3 "$built"
  rm -rf "$built/build"
  (cd "$built" && node "$gyp" rebuild --release --nodedir="$home")
  echo "$version" >"$built/.built"
fi

cp -R "$built" "$tree/node_modules/better-sqlite3"
cd "$tree"
node --version
[ $# -gt 0 ] || set -- test/server/graphql.test.ts test/server/websocket.test.ts test/server/sse.test.ts \
  test/server/health.test.ts test/recovery/found.test.ts test/package/installed.test.ts
exec node node_modules/vitest/vitest.mjs run "$@"
