#!/bin/sh
# npm start: builds what is missing or stale, lays out the example apps in a new data directory, and becomes the server.
set -eu
cd "$(dirname "$0")/.."
sh scripts/build.sh --if-stale

DATA_DIR=${DATA_DIR:-$PWD/data}
export DATA_DIR
if [ -z "${APPS_DIR:-}" ] && [ ! -e "$DATA_DIR/apps" ]; then
  # Copied beside it and then renamed: an interrupted copy is no apps/.
  mkdir -p "$DATA_DIR"
  copy=$(mktemp -d "$DATA_DIR/.examples.XXXXXX")
  trap 'rm -rf "$copy"' EXIT
  cp -RP examples/apps "$copy/apps"
  mv "$copy/apps" "$DATA_DIR/apps"
  rm -rf "$copy"
  trap - EXIT
fi

# exec: a signal to npm must reach the server itself.
exec node dist/src/main.js serve "$@"
