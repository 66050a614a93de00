#!/usr/bin/env bash
# Installs dependencies from the lock file, makes sure the SQLite driver loads, and builds the command line.
# Safe to run again: what is in place already is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$*" >&2; }

if ! command -v node >/dev/null 2>&1; then
  say "error: Node.js 20 or newer is needed; see https://nodejs.org"
  exit 1
fi
major=$(node -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 20 ]; then
  say "error: Node.js 20 or newer is needed, this is $(node --version)"
  exit 1
fi

stamp=node_modules/.monomarket-installed
lock=$(node -p 'require("crypto").createHash("sha256").update(require("fs").readFileSync("package-lock.json")).digest("hex")')
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$lock-$(node --version)" ]; then
  say "installing dependencies (the SQLite driver may be compiled: a few minutes the first time) ..."
  npm ci --no-audit --no-fund --loglevel=error
fi

driver_loads() { node -e 'new (require("better-sqlite3"))(":memory:").close()' >/dev/null 2>&1; }
if ! driver_loads; then
  say "compiling the SQLite driver ..."
  # Headers that came with Node spare the compiler a download.
  prefix=$(dirname "$(dirname "$(node -p 'fs.realpathSync(process.execPath)')")")
  if [ -f "$prefix/include/node/node.h" ]; then export npm_config_nodedir="$prefix"; fi
  npm rebuild better-sqlite3 --build-from-source --ignore-scripts=false --foreground-scripts >&2 || true
  if ! driver_loads; then
    say "error: better-sqlite3 could not be compiled: a C++ compiler, make and python3 are needed"
    say "       (Debian: apt-get install build-essential python3; macOS: xcode-select --install)"
    exit 1
  fi
fi
printf '%s' "$lock-$(node --version)" > "$stamp"

node scripts/build.mjs "$@"
