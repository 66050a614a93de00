import * as Effect from "effect/Effect"
import { type Alignment } from "../backtest/alignmentJson.ts"
import { byDifference, judge, matchExecutions, pairsOf } from "../backtest/alignment.ts"
import { executionSide, type ExecutedLeg } from "../backtest/executionSide.ts"
import { type LedgerRow } from "../backtest/LedgerRow.ts"
import { LedgerTable } from "../backtest/LedgerTable.ts"
import { type BacktestOptions, printedLimits } from "../backtest/options.ts"
import { QuoteBoard } from "../backtest/quotes.ts"
import { runBacktest } from "../backtest/runBacktest.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { StoreError } from "../domain/errors.ts"
import { type Order } from "../domain/Order.ts"
import { type EpochMicros } from "../domain/time.ts"
import { toMicros } from "../domain/units.ts"
import { nowUs } from "../engine/now.ts"
import { isSettlement, SETTLEMENT } from "../engine/settlePositions.ts"
import { HistoryReader, type ResolutionRow, type SignalRow } from "../ports/HistoryReader.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"

/** What the window holds: when its signals were made, how its markets ended, and their newest prices. */
interface Window {
  readonly createdUs: ReadonlyMap<number, EpochMicros>
  readonly resolutions: ReadonlyArray<ResolutionRow>
  readonly board: QuoteBoard
}

const readWindow = (options: BacktestOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const reader = yield* HistoryReader
      const { fromUs, strategies, toUs } = options
      const history = yield* reader.open({ fromUs, toUs, strategies: strategies.length === 0 ? null : strategies })
      return yield* Effect.try({
        try: (): Window => {
          const createdUs = new Map<number, EpochMicros>()
          for (const signal of history.signals) createdUs.set(signal.id, signal.createdAtUs)
          const board = new QuoteBoard("whole")
          for (const snapshot of history.snapshots) board.update(snapshot)
          return { createdUs, resolutions: history.resolutions, board }
        },
        catch: (cause) =>
          cause instanceof StoreError
            ? cause
            : new StoreError({ operation: "read history", detail: String(cause), cause })
      })
    })
  )

function* only(signals: Iterable<SignalRow>, tried: ReadonlySet<number>): Generator<SignalRow> {
  for (const signal of signals) if (tried.has(signal.id)) yield signal
}

/** The same history with the signals that paper tried, and no others. */
const withSignals = (reader: HistoryReader["Type"], tried: ReadonlySet<number>): HistoryReader["Type"] => ({
  ...reader,
  open: (window) =>
    Effect.map(reader.open(window), (history) => ({
      ...history,
      signals: only(history.signals, tried),
      signalCount: tried.size
    }))
})

const replayLeg = (row: LedgerRow, signalId: number, atUs: EpochMicros): ExecutedLeg => ({
  atUs,
  signalId,
  strategy: row.strategy,
  eventId: row.event_id,
  marketId: row.market_id,
  token: row.token_id === "NO" ? "NO" : "YES",
  side: row.side === "sell" ? "sell" : "buy",
  qty: toMicros(row.qty),
  limitPrice: toMicros(row.target_price),
  executedQty: toMicros(row.executed_qty),
  fillPrice: toMicros(row.fill_price),
  fee: toMicros(row.fee),
  reason: row.risk_reason
})

const replay = (options: BacktestOptions, tried: ReadonlySet<number>, { createdUs }: Window) =>
  Effect.gen(function* () {
    const ledger = new LedgerTable(printedLimits(options))
    const reader = withSignals(yield* HistoryReader, tried)
    const report = yield* runBacktest(options, { ledger, onProgress: null }).pipe(
      Effect.provideService(HistoryReader, reader)
    )
    const legs: Array<ExecutedLeg> = []
    for (const row of ledger.rows()) {
      if (row.signal_id === null) continue
      legs.push(replayLeg(row, row.signal_id, createdUs.get(row.signal_id) ?? options.fromUs))
    }
    return { report, legs }
  })

/** Micro-units; `value` is the sum of price * quantity. */
interface Filled {
  qty: number
  value: number
  fee: number
}

const fillsByOrder = Effect.gen(function* () {
  const repo = yield* TradeRepo
  const sums = new Map<number, Filled>()
  for (const fill of yield* repo.fillHistory) {
    if (isSettlement(fill)) continue
    const sum = sums.get(fill.orderId) ?? { qty: 0, value: 0, fee: 0 }
    sum.qty += fill.qty
    sum.value += fill.price * fill.qty
    sum.fee += fill.fee
    sums.set(fill.orderId, sum)
  }
  return sums
})

const paperLeg = (order: Order, signalId: number, filled: Filled | undefined): ExecutedLeg => ({
  atUs: order.createdAtUs,
  signalId,
  strategy: order.strategy,
  eventId: order.eventId,
  marketId: order.marketId,
  token: order.token,
  side: order.side,
  qty: order.qty,
  limitPrice: order.limitPrice,
  executedQty: filled?.qty ?? 0,
  fillPrice: filled === undefined || filled.qty === 0 ? 0 : Math.round(filled.value / filled.qty),
  fee: filled?.fee ?? 0,
  reason: order.message
})

const within = (order: Order, { fromUs, toUs }: BacktestOptions): boolean =>
  order.createdAtUs >= fromUs && order.createdAtUs <= toUs

/** Paper orders behind the window's signals, and those that a person placed in it. */
const readPaper = (options: BacktestOptions, { createdUs }: Window) =>
  Effect.gen(function* () {
    const repo = yield* TradeRepo
    const all = yield* repo.orders({ limit: Number.MAX_SAFE_INTEGER, status: "all", strategy: null })
    const paper = all.filter(({ mode }) => mode === "paper").reverse()
    const fills = yield* fillsByOrder
    const legs: Array<ExecutedLeg> = []
    for (const order of paper) {
      const { signalId } = order
      if (signalId !== null && createdUs.has(signalId)) legs.push(paperLeg(order, signalId, fills.get(order.id)))
    }
    const manual = paper.filter(
      (order) => order.signalId === null && order.message !== SETTLEMENT && within(order, options)
    )
    return { legs, manual }
  })

const remarksOf = (alignment: Omit<Alignment, "remarks">, late: number): ReadonlyArray<string> => {
  const { match, paper, signalsMade } = alignment
  return [
    ...(paper.signals < signalsMade
      ? [
          `Paper left ${signalsMade - paper.signals} of ${signalsMade} signals alone; the backtest was not given them either.`
        ]
      : []),
    ...(late > 0 ? [`${late} order(s) were placed on paper after the end of the window; they count.`] : []),
    ...(match.comparedLegs === 0 ? ["No leg was filled by both, so no prices could be compared."] : []),
    ...(alignment.manualOrders.length > 0
      ? ["Orders placed by hand used up risk limits that the replay had to itself."]
      : [])
  ]
}

/** Replays the signals that paper tried, and compares the two executions. */
export const alignPaper = Effect.fn("app.align")(function* (options: BacktestOptions) {
  const { app } = yield* AppConfig
  const window = yield* readWindow(options)
  const paper = yield* readPaper(options, window)
  const tried = new Set(paper.legs.map(({ signalId }) => signalId))
  const { legs, report } = yield* replay(options, tried, window)
  const resolutions = options.settlement ? window.resolutions : []
  const backtest = executionSide(legs, resolutions, window.board)
  const side = executionSide(paper.legs, resolutions, window.board)
  const match = matchExecutions(legs, paper.legs, window.createdUs)
  const found: Omit<Alignment, "remarks"> = {
    generatedAtUs: yield* nowUs,
    fromUs: options.fromUs,
    toUs: options.toUs,
    strategies: options.strategies,
    database: app.db_path,
    signalsMade: window.createdUs.size,
    backtest,
    paper: side,
    match,
    ...judge(backtest, side, match),
    strategyPairs: pairsOf(backtest.byStrategy, side.byStrategy),
    events: byDifference(pairsOf(backtest.byEvent, side.byEvent)),
    manualOrders: paper.manual,
    ledgerSha256: report.ledger_sha256
  }
  const late = paper.legs.filter(({ atUs }) => atUs > options.toUs).length
  const alignment: Alignment = { ...found, remarks: remarksOf(found, late) }
  return { alignment, report }
})
