#!/usr/bin/env bash
# One unattended round: init-db, ingest from Gamma, signals, backtest, artifacts, pointers. Paper only.
# Options: --lookback-hours 24 --market-limit 2000 --ingest-limit 300 --config FILE --strategies IDS --output-dir DIR
# It runs the built command line: bash scripts/setup.sh builds it. Paths are as seen from where you are.
set -euo pipefail
cli="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/dist/cli.js"
if [ ! -f "$cli" ]; then
  echo "error: $cli is missing; run: bash scripts/setup.sh" >&2
  exit 1
fi
export ENABLE_LIVE_TRADING=false MONOMARKET_MODE=paper
exec node "$cli" cycle "$@"
