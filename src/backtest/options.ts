import { type VenueSettings } from "../core/venue/simulateFill.ts"
import { type Freshness } from "../domain/Freshness.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type PrintedLimits } from "./LedgerRow.ts"
import { type PackageSettings } from "../engine/packages/packagePolicy.ts"
import { type RiskSettings } from "../risk/limits.ts"

/** The fill model as people write it, with fees. Field names are the artifact's. */
export interface ExecutionSettings extends VenueSettings, PackageSettings {}

/** `market`: what the market would really have done. `original`: the Python original's arithmetic. */
export type Arithmetics = "market" | "original"

/** What a signal replay needs to know. */
export interface BacktestOptions {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
  /** What happens at `toUs` belongs to the next window; absent: both ends belong to the window. */
  readonly excludesEnd?: boolean
  /** Lower-case ids, each once; every one gets a result row. Empty: all that have signals. */
  readonly strategies: ReadonlyArray<StrategyId>
  readonly compat: Arithmetics
  readonly settlement: boolean
  readonly execution: ExecutionSettings
  readonly risk: RiskSettings
  /** How old quotes may be, resolved; absent: from `risk` and what was recorded up to the end of the window. */
  readonly freshness?: Freshness
}

/** The limits as every ledger row prints them, natural units. */
export const printedLimits = ({ risk }: Pick<BacktestOptions, "risk">): PrintedLimits => ({
  maxDailyLoss: risk.max_daily_loss,
  maxStrategyNotional: risk.max_strategy_notional,
  maxEventNotional: risk.max_event_notional,
  circuitBreakerRejections: risk.circuit_breaker_rejections
})
