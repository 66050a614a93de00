#!/usr/bin/env bash
# Sets everything up and runs the main job offline against the built-in simulated exchange.
# Options go to `monomarket demo`, for example: bash scripts/quickstart.sh --seed 11 --steps 20
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash scripts/setup.sh --fast
exec node dist/cli.js demo "$@"
