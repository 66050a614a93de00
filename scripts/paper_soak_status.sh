#!/usr/bin/env bash
# Tells how a soak is doing. Options: --out-dir DIR (default: the newest in artifacts/soak), --last N, --json
# It runs the built command line: bash scripts/setup.sh builds it. Paths are as seen from where you are.
set -euo pipefail
cli="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/dist/cli.js"
if [ ! -f "$cli" ]; then
  echo "error: $cli is missing; run: bash scripts/setup.sh" >&2
  exit 1
fi
exec node "$cli" soak-status "$@"
