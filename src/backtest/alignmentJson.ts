import { type StrategyId } from "../domain/ids.ts"
import { type JsonObject } from "../domain/json.ts"
import { type Order } from "../domain/Order.ts"
import { type EpochMicros, formatTime } from "../domain/time.ts"
import { fromMicros } from "../domain/units.ts"
import { VERSION } from "../domain/version.ts"
import { type AlignmentVerdict, type Criterion, type ExecutionMatch, type Pair } from "./alignment.ts"
import { ALIGNMENT_KIND, ALIGNMENT_SCHEMA_VERSION } from "./alignmentSchema.ts"
import { type ExecutionSide, type SideFigures } from "./executionSide.ts"

/** A backtest laid beside what paper did with the same signals. */
export interface Alignment {
  readonly generatedAtUs: EpochMicros
  readonly fromUs: EpochMicros
  readonly toUs: EpochMicros
  readonly strategies: ReadonlyArray<StrategyId>
  readonly database: string
  /** Signals of the window, tried or not. */
  readonly signalsMade: number
  /** Of those, the ones that grew too old before paper's turn came to them. */
  readonly expired: number
  /** The replay at the moments at which paper executed. */
  readonly backtest: ExecutionSide
  readonly paper: ExecutionSide
  /** The replay at the moments at which the signals were made: what paper would have done without waiting. */
  readonly atOnce: ExecutionSide
  /** Signals whose outcome differs between the two replays. */
  readonly changedByWaiting: number
  readonly match: ExecutionMatch
  readonly verdict: AlignmentVerdict
  readonly criteria: ReadonlyArray<Criterion>
  readonly strategyPairs: ReadonlyArray<Pair>
  /** Largest differences first. */
  readonly events: ReadonlyArray<Pair>
  readonly manualOrders: ReadonlyArray<Order>
  readonly ledgerSha256: string
  readonly remarks: ReadonlyArray<string>
}

const figuresJson = (figures: SideFigures): JsonObject => ({
  pnl: figures.pnl,
  realized: figures.realized,
  fees: figures.fees,
  turnover: figures.turnover,
  max_drawdown: figures.maxDrawdown,
  trades: figures.trades
})

const sideJson = (side: ExecutionSide): JsonObject => ({
  signals: side.signals,
  executed: side.executed,
  rejected: side.rejected,
  execution_rate: side.executionRate,
  orders: side.legs,
  orders_filled: side.filledLegs,
  fill_rate: side.fillRate,
  fill_ratio: side.fillRatio,
  slippage_bps: side.slippageBps,
  ...figuresJson(side.total),
  after_close: { fills: side.afterClose.fills, pnl: side.afterClose.pnl },
  reject_reasons: Object.fromEntries(side.reasons)
})

const pairJson =
  (name: string) =>
  ({ backtest, id, paper, pnlDifference }: Pair): JsonObject => ({
    [name]: id,
    backtest: figuresJson(backtest),
    paper: figuresJson(paper),
    pnl_difference: pnlDifference
  })

const orderJson = (order: Order): JsonObject => ({
  order_id: order.id,
  created_at: formatTime(order.createdAtUs),
  market_id: order.marketId,
  event_id: order.eventId,
  token_id: order.token,
  side: order.side,
  price: fromMicros(order.limitPrice),
  qty: fromMicros(order.qty),
  filled_qty: fromMicros(order.filledQty),
  status: order.status
})

/** The JSON beside the report, without its checksum. Money in USDC. */
export const alignmentJson = (alignment: Alignment): JsonObject => {
  const { match } = alignment
  return {
    schema_version: ALIGNMENT_SCHEMA_VERSION,
    kind: ALIGNMENT_KIND,
    generated_at: formatTime(alignment.generatedAtUs),
    from_ts: formatTime(alignment.fromUs),
    to_ts: formatTime(alignment.toUs),
    strategies: alignment.strategies,
    verdict: alignment.verdict,
    criteria: alignment.criteria.map(({ aligned, direction, name, partial, unit, value, verdict }) => ({
      name,
      value,
      unit,
      direction,
      aligned,
      partial,
      verdict
    })),
    signals_made: alignment.signalsMade,
    signals_left_alone: alignment.signalsMade - alignment.paper.signals,
    signals_expired: alignment.expired,
    backtest: sideJson(alignment.backtest),
    paper: sideJson(alignment.paper),
    match: {
      both_executed: match.bothExecuted,
      only_backtest: match.onlyBacktest,
      only_paper: match.onlyPaper,
      neither: match.neither,
      agreement: match.agreement,
      overlap: match.overlap,
      compared_legs: match.comparedLegs,
      price_gap_bps: match.priceGapBps,
      quantity_ratio: match.quantityRatio,
      median_delay_sec: match.medianDelaySec,
      max_delay_sec: match.maxDelaySec
    },
    at_once: { ...sideJson(alignment.atOnce), changed_by_waiting: alignment.changedByWaiting },
    by_strategy: alignment.strategyPairs.map(pairJson("strategy")),
    by_event: alignment.events.map(pairJson("event_id")),
    manual_orders: alignment.manualOrders.map(orderJson),
    remarks: alignment.remarks,
    program: { version: VERSION },
    ledger_sha256: alignment.ledgerSha256
  }
}
