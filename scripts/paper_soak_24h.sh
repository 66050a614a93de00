#!/usr/bin/env bash
# Trades on paper for hours in one process; Ctrl-C ends it after the running cycle, the same --out-dir goes on after a kill.
# Options: --hours 24 --interval-sec 300 --max-signals-per-cycle 10 --ingest-limit 300 --retry-max 3
#   --retry-backoff-sec 5 --config FILE --out-dir DIR
# It runs the built command line: bash scripts/setup.sh builds it. Paths are as seen from where you are.
set -euo pipefail
cli="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/dist/cli.js"
if [ ! -f "$cli" ]; then
  echo "error: $cli is missing; run: bash scripts/setup.sh" >&2
  exit 1
fi
export ENABLE_LIVE_TRADING=false MONOMARKET_MODE=paper
exec node "$cli" soak "$@"
