#!/usr/bin/env bash
# Sets everything up and runs every check: format, lint, types, structure, build, tests.
# The last line says how many tests passed and failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s\n' "$*"; }

step "setup and build"
bash scripts/setup.sh
step "format"
npx --no-install prettier --check .
step "lint"
npx --no-install eslint . --max-warnings 0
step "types"
npx --no-install tsc --noEmit
step "structure"
node scripts/check-structure.mjs
step "tests"
node scripts/run-tests.mjs "$@"
