#!/usr/bin/env bash
# Cycle, rolling backtest, PDF, HTML and summary in the folder of the day. Paper only.
# Options of backtest_cycle.sh, and: --nightly-root DIR --date YYYY-MM-DD --rolling-window-hours 24
#   --rolling-step-hours 12 --rolling-reject-top-k 2
# It runs the built command line: bash scripts/setup.sh builds it. Paths are as seen from where you are.
set -euo pipefail
cli="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/dist/cli.js"
if [ ! -f "$cli" ]; then
  echo "error: $cli is missing; run: bash scripts/setup.sh" >&2
  exit 1
fi
export ENABLE_LIVE_TRADING=false MONOMARKET_MODE=paper
exec node "$cli" nightly "$@"
