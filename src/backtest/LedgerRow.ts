import { type LegRole } from "../domain/OrderIntent.ts"
import { type Side, type SignalId, type Token } from "../domain/ids.ts"
import { type Rejection } from "../domain/rejection.ts"
import { type RiskDecision } from "../domain/Risk.ts"
import { type EpochMicros, formatTime, MICROS_PER_SECOND } from "../domain/time.ts"
import { fromMicros, type MicroUnits } from "../domain/units.ts"

/**
 * One row of the replay ledger: what was asked for, what the market gave, what risk looked at. Natural units: USDC,
 * shares, USDC per share. Fields are written in alphabetical order, so that a row's JSON is canonical as it stands.
 */
export interface LedgerRow {
  /** A fill after the exchange had closed or resolved the market, whenever that was learnt. */
  readonly after_close: boolean
  readonly event_equity: number
  readonly event_id: string
  readonly executed_qty: number
  readonly fee: number
  readonly fill_price: number
  readonly fill_probability: number
  readonly fill_ratio: number
  /** primary, hedge, sell_leg, leg, unwind or settlement */
  readonly leg: string
  readonly market_id: string
  readonly qty: number
  /** Age of the quote that decided the row, seconds; null where it is not known, as in settlements. */
  readonly quote_age_sec: number | null
  readonly realized_change: number
  readonly risk_allowed: boolean
  readonly risk_circuit_breaker_rejections: number
  readonly risk_event_notional_before: number
  readonly risk_max_daily_loss: number
  readonly risk_max_event_notional: number
  readonly risk_max_strategy_notional: number
  readonly risk_notional: number
  readonly risk_realized_pnl_before: number
  readonly risk_reason: string
  readonly risk_rejections_before: number
  readonly risk_strategy_notional_before: number
  readonly side: string
  /** null where no signal asked for the order, as in settlements. */
  readonly signal_id: number | null
  readonly slippage_bps_applied: number
  readonly strategy: string
  readonly strategy_equity: number
  readonly target_price: number
  readonly token_id: string
  readonly ts: string
}

/** Columns of replay.csv after schema_version: the original's first, in its order, then this project's. */
export const ledgerColumns: ReadonlyArray<keyof LedgerRow> = [
  "ts",
  "strategy",
  "event_id",
  "market_id",
  "token_id",
  "side",
  "qty",
  "executed_qty",
  "fill_ratio",
  "fill_probability",
  "slippage_bps_applied",
  "target_price",
  "fill_price",
  "realized_change",
  "strategy_equity",
  "event_equity",
  "risk_allowed",
  "risk_reason",
  "risk_notional",
  "risk_realized_pnl_before",
  "risk_strategy_notional_before",
  "risk_event_notional_before",
  "risk_rejections_before",
  "risk_max_daily_loss",
  "risk_max_strategy_notional",
  "risk_max_event_notional",
  "risk_circuit_breaker_rejections",
  "fee",
  "leg",
  "signal_id",
  "quote_age_sec",
  "after_close"
]

/** The run's limits as they are printed in every row. */
export interface PrintedLimits {
  readonly maxDailyLoss: number
  readonly maxStrategyNotional: number
  readonly maxEventNotional: number
  readonly circuitBreakerRejections: number
}

type RiskFigure = "notional" | "realizedBefore" | "strategyNotionalBefore" | "eventNotionalBefore" | "rejectionsBefore"

/** What risk looked at, micro-USDC: fractions of them in rows of the original's rules. */
export type EntryRisk = { readonly [Name in RiskFigure & keyof RiskDecision]: number }

/** A row while the replay makes it: money and quantities in micro-units. Time and equity are set when it is recorded. */
export interface LedgerEntry {
  atUs: EpochMicros
  readonly strategy: string
  readonly eventId: string
  readonly marketId: string
  readonly token: Token
  readonly side: Side
  readonly leg: LegRole | "unwind" | "settlement"
  readonly signalId: SignalId | null
  readonly qty: MicroUnits
  readonly executedQty: MicroUnits
  readonly fillRatio: number
  readonly fillProbability: number
  readonly slippageBps: number
  readonly targetPrice: number
  readonly fillPrice: MicroUnits
  readonly fee: MicroUnits
  readonly realizedChange: MicroUnits
  strategyEquity: MicroUnits
  eventEquity: MicroUnits
  readonly allowed: boolean
  readonly reason: string
  /** Age of the quote that decided it; null: not known, or no quote did. */
  readonly quoteAgeUs: EpochMicros | null
  readonly afterClose: boolean
  /** What the reason is the text of; null: it is none. Absent in an entry that was read back from a table. */
  readonly rejection?: Rejection | null
  readonly risk: EntryRisk
}

/** Takes entries in ledger order: by time, strategy, market, token. An entry is only valid during the call. */
export interface LedgerSink {
  readonly write: (entry: LedgerEntry) => void
}

export const ledgerRow = (entry: LedgerEntry, limits: PrintedLimits): LedgerRow => ({
  after_close: entry.afterClose,
  event_equity: fromMicros(entry.eventEquity),
  event_id: entry.eventId,
  executed_qty: fromMicros(entry.executedQty),
  fee: fromMicros(entry.fee),
  fill_price: fromMicros(entry.fillPrice),
  fill_probability: entry.fillProbability,
  fill_ratio: entry.fillRatio,
  leg: entry.leg,
  market_id: entry.marketId,
  qty: fromMicros(entry.qty),
  quote_age_sec: entry.quoteAgeUs === null ? null : entry.quoteAgeUs / MICROS_PER_SECOND,
  realized_change: fromMicros(entry.realizedChange),
  risk_allowed: entry.allowed,
  risk_circuit_breaker_rejections: limits.circuitBreakerRejections,
  risk_event_notional_before: fromMicros(entry.risk.eventNotionalBefore),
  risk_max_daily_loss: limits.maxDailyLoss,
  risk_max_event_notional: limits.maxEventNotional,
  risk_max_strategy_notional: limits.maxStrategyNotional,
  risk_notional: fromMicros(entry.risk.notional),
  risk_realized_pnl_before: fromMicros(entry.risk.realizedBefore),
  risk_reason: entry.reason,
  risk_rejections_before: entry.risk.rejectionsBefore,
  risk_strategy_notional_before: fromMicros(entry.risk.strategyNotionalBefore),
  side: entry.side,
  signal_id: entry.signalId,
  slippage_bps_applied: entry.slippageBps,
  strategy: entry.strategy,
  strategy_equity: fromMicros(entry.strategyEquity),
  target_price: entry.targetPrice,
  token_id: entry.token,
  ts: formatTime(entry.atUs)
})

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Order of entries of one moment. */
export const byLedgerOrder = (a: LedgerEntry, b: LedgerEntry): number =>
  compare(a.strategy, b.strategy) || compare(a.marketId, b.marketId) || compare(a.token, b.token)
