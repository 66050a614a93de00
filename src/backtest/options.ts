import { type FeeModel } from "../core/fees.ts"
import { type FillSettings } from "../core/fillModel.ts"
import { type StrategyId } from "../domain/ids.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type PrintedLimits } from "./LedgerRow.ts"
import { limitsOf, type RiskSettings } from "../risk/limits.ts"

/** The fill model as people write it, with fees. Field names are the artifact's. */
export interface ExecutionSettings extends FillSettings {
  readonly fee_bps: number
  readonly fees: FeeModel["kind"]
}

/** `market`: what the market would really have done. `original`: the Python original's arithmetic. */
export type Arithmetics = "market" | "original"

/** What a signal replay needs to know. */
export interface BacktestOptions {
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
  /** Lower-case ids, each once; every one gets a result row. Empty: all that have signals. */
  readonly strategies: ReadonlyArray<StrategyId>
  readonly compat: Arithmetics
  readonly settlement: boolean
  readonly execution: ExecutionSettings
  readonly risk: RiskSettings
}

/** The original only knows fees in bps. */
export const feeModelOf = (options: Pick<BacktestOptions, "execution" | "compat">): FeeModel => ({
  kind: options.compat === "original" ? "bps" : options.execution.fees,
  bps: options.execution.fee_bps
})

/** The original knows none of the limits that this project added. */
export const riskLimitsOf = ({ compat, risk }: Pick<BacktestOptions, "compat" | "risk">): RiskLimits =>
  compat === "market"
    ? limitsOf(risk)
    : {
        ...limitsOf(risk),
        maxOrderNotional: null,
        maxOpenOrders: null,
        priceCollar: null,
        maxQuoteAgeUs: null,
        maxResolutionDateNotional: null,
        maxScenarioLoss: null,
        maxEventScenarioLoss: null
      }

/** The limits as every ledger row prints them, natural units. */
export const printedLimits = ({ risk }: Pick<BacktestOptions, "risk">): PrintedLimits => ({
  maxDailyLoss: risk.max_daily_loss,
  maxStrategyNotional: risk.max_strategy_notional,
  maxEventNotional: risk.max_event_notional,
  circuitBreakerRejections: risk.circuit_breaker_rejections
})
