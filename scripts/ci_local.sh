#!/usr/bin/env bash
# Sets everything up and runs every check: format, lint, types, structure, build, tests.
# The last line says how many tests passed and failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s\n' "$*"; }

step "setup and build"
bash scripts/setup.sh
# Lint takes as long as the other three together: they run beside it.
step "lint, format, types, structure"
lint_log="$(mktemp)"
npx --no-install eslint . --max-warnings 0 >"$lint_log" 2>&1 &
lint=$!
trap 'kill "$lint" 2>/dev/null || true; rm -f "$lint_log"' EXIT
npx --no-install prettier --check .
npx --no-install tsc --noEmit
node scripts/check-structure.mjs
wait "$lint" || { cat "$lint_log"; exit 1; }
step "tests"
node scripts/run-tests.mjs "$@"
