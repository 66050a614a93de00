import * as Effect from "effect/Effect"
import { LedgerTable } from "../../src/backtest/LedgerTable.ts"
import { type LedgerRow } from "../../src/backtest/LedgerRow.ts"
import { type BacktestReport } from "../../src/backtest/BacktestReport.ts"
import { type BacktestOptions, type ExecutionSettings, printedLimits } from "../../src/backtest/options.ts"
import { runBacktest } from "../../src/backtest/runBacktest.ts"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type RiskSettings } from "../../src/risk/limits.ts"
import { at, type MemoryHistory, memoryHistory } from "./memoryHistory.ts"

type Changes = Partial<Omit<BacktestOptions, "execution" | "risk">> & {
  readonly execution?: Partial<ExecutionSettings>
  readonly risk?: Partial<RiskSettings>
}

/** Wide limits, quotes of any age, no slippage and no fees, so that a test changes only what it is about. */
export const optionsOf = (changes: Changes = {}): BacktestOptions => ({
  fromUs: at("2026-02-20T00:00:00Z"),
  toUs: at("2026-02-21T00:00:00Z"),
  strategies: [],
  compat: "market",
  settlement: true,
  ...changes,
  execution: { ...defaultConfig.execution, slippage_bps: 0, ...changes.execution },
  risk: {
    ...defaultConfig.risk,
    max_daily_loss: 1e18,
    max_strategy_notional: 1e18,
    max_event_notional: 1e18,
    // Days with a quote or two: what they are about is not how old a quote may be.
    max_quote_age_sec: null,
    ...changes.risk
  }
})

/** Replays a history made of arrays. */
export const replay = async (
  history: MemoryHistory,
  changes: Changes = {}
): Promise<{ readonly report: BacktestReport; readonly rows: ReadonlyArray<LedgerRow> }> => {
  const options = optionsOf(changes)
  const ledger = new LedgerTable(printedLimits(options))
  const report = await Effect.runPromise(
    runBacktest(options, { ledger, onProgress: null }).pipe(Effect.provide(memoryHistory(history)))
  )
  return { report, rows: [...ledger.rows()] }
}
