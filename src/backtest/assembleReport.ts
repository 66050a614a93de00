import * as Effect from "effect/Effect"
import { UnbalancedBooks } from "../domain/errors.ts"
import { type JsonObject } from "../domain/json.ts"
import { formatTime, type EpochMicros } from "../domain/time.ts"
import { fromMicros } from "../domain/units.ts"
import { VERSION } from "../domain/version.ts"
import { type History } from "../ports/HistoryReader.ts"
import {
  type BacktestReport,
  closingPositions,
  coverageOf,
  eventRows,
  executionConfigOf,
  type Recorded,
  quoteAgeOf,
  riskConfigOf,
  SCHEMA_VERSION,
  type StrategyReplay,
  strategyRows
} from "./BacktestReport.ts"
import { configDigest, type DataDigest, type LedgerDigest } from "./digest.ts"
import { type BacktestOptions } from "./options.ts"
import { type ReplayOutcome } from "./ReplayOutcome.ts"

/** Fails with the amounts when cash, positions and attribution do not add up: then there is no report. */
export const assertBalanced = (problem: string | null): Effect.Effect<void, UnbalancedBooks> =>
  problem === null ? Effect.void : new UnbalancedBooks({ detail: problem })

const settingsOf = ({ cooldown_sec, interval_sec, max_signals_per_cycle }: StrategyReplay): JsonObject => ({
  interval_sec,
  max_signals_per_cycle,
  cooldown_sec
})

/** The report of a finished replay. */
export const assembleReport = (
  options: BacktestOptions,
  history: Pick<History, "coverage">,
  outcome: ReplayOutcome,
  digests: { readonly ledger: LedgerDigest; readonly data: DataDigest },
  times: Pick<Recorded, "newestUs" | "covered"> &
    Partial<Pick<Recorded, "gap">> & { readonly generatedAtUs: EpochMicros },
  strategyReplay: StrategyReplay | null = null
): BacktestReport => {
  const execution_config = executionConfigOf(options)
  const risk_config = riskConfigOf(options)
  const results = strategyRows(outcome, options.strategies)
  const event_results = eventRows(outcome)
  const reasons = [...outcome.reasons].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return {
    schema_version: SCHEMA_VERSION,
    generated_at: formatTime(times.generatedAtUs),
    from_ts: formatTime(options.fromUs),
    to_ts: formatTime(options.toUs),
    total_signals: outcome.total,
    executed_signals: outcome.executed,
    rejected_signals: outcome.total - outcome.executed,
    compat: options.compat,
    ...(strategyReplay === null ? {} : { strategy_replay: strategyReplay }),
    execution_config,
    risk_config,
    ...quoteAgeOf(options, outcome),
    results,
    event_results,
    ...(outcome.marked === null ? {} : { max_drawdown_marked: fromMicros(outcome.marked.max) }),
    ...(outcome.afterClose === null
      ? {}
      : { after_close: { fills: outcome.afterClose.fills, pnl: fromMicros(outcome.afterClose.pnl) } }),
    reject_reasons: Object.fromEntries(reasons),
    sample_coverage: coverageOf(options, { gap: null, ...times, coverage: history.coverage }),
    closing_positions: closingPositions(outcome),
    program: {
      version: VERSION,
      config_digest: configDigest({
        execution_config,
        risk_config,
        compat: options.compat,
        ...(strategyReplay === null ? {} : { strategy_replay: settingsOf(strategyReplay) }),
        strategies: options.strategies,
        from_ts: formatTime(options.fromUs),
        to_ts: formatTime(options.toUs)
      }),
      data_digest: digests.data.hex()
    },
    ledger_rows: digests.ledger.rows,
    ledger_sha256: digests.ledger.hex()
  }
}
