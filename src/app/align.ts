import * as Effect from "effect/Effect"
import { type Alignment } from "../backtest/alignmentJson.ts"
import { byDifference, countChanged, judge, matchExecutions, pairsOf } from "../backtest/alignment.ts"
import { executionSide, type ExecutedLeg } from "../backtest/executionSide.ts"
import { type BacktestOptions } from "../backtest/options.ts"
import { QuoteBoard } from "../backtest/quotes.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { type SignalId } from "../domain/ids.ts"
import { StoreError } from "../domain/errors.ts"
import { type Order } from "../domain/Order.ts"
import { type EpochMicros } from "../domain/time.ts"
import { nowUs } from "../engine/now.ts"
import { HistoryReader, type ResolutionRow } from "../ports/HistoryReader.ts"
import { SignalRepo } from "../ports/SignalRepo.ts"
import { TradeRepo } from "../ports/TradeRepo.ts"
import { type Moments, momentsOf, replayAt } from "./alignReplay.ts"
import { afterCloseText } from "../reports/terminalFormat.ts"
import { price, shares, usdc } from "../domain/units.ts"

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
          const board = new QuoteBoard()
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
    if (fill.settlement) continue
    const sum = sums.get(fill.orderId) ?? { qty: 0, value: 0, fee: 0 }
    sum.qty += fill.qty
    sum.value += fill.price * fill.qty
    sum.fee += fill.fee
    sums.set(fill.orderId, sum)
  }
  return sums
})

const paperLeg = (order: Order, signalId: SignalId, filled: Filled | undefined): ExecutedLeg => ({
  atUs: order.createdAtUs,
  signalId,
  strategy: order.strategy,
  eventId: order.eventId,
  marketId: order.marketId,
  token: order.token,
  side: order.side,
  qty: order.qty,
  limitPrice: order.limitPrice,
  executedQty: shares(filled?.qty ?? 0),
  fillPrice: price(filled === undefined || filled.qty === 0 ? 0 : Math.round(filled.value / filled.qty)),
  fee: usdc(filled?.fee ?? 0),
  reason: order.reason
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
      (order) => order.signalId === null && order.kind !== "settlement" && within(order, options)
    )
    return { legs, manual }
  })

const leftAlone = ({ expired, paper, signalsMade }: Omit<Alignment, "remarks">): ReadonlyArray<string> => {
  const left = signalsMade - paper.signals
  if (left <= 0) return []
  const old =
    expired > 0 ? ` (${expired} of them grew too old before their turn came: execution.max_signal_age_sec)` : ""
  return [`Paper left ${left} of ${signalsMade} signals alone${old}; the backtest was not given them either.`]
}

const lateFills = (where: string, { afterClose: { fills, pnl } }: Alignment["paper"]): ReadonlyArray<string> =>
  fills === 0 ? [] : [`${where} ${afterCloseText(fills, pnl)} USDC: the exchange had closed the market by then.`]

const remarksOf = (alignment: Omit<Alignment, "remarks">, late: number): ReadonlyArray<string> => {
  const { changedByWaiting, manualOrders, match, paper } = alignment
  return [
    ...leftAlone(alignment),
    ...(changedByWaiting > 0
      ? [
          `Waiting changed the outcome of ${changedByWaiting} of ${paper.signals} signals; the verdict does not count that.`
        ]
      : []),
    ...(late > 0 ? [`${late} order(s) were placed on paper after the end of the window; they count.`] : []),
    ...lateFills("On paper", alignment.paper),
    ...lateFills("In the backtest", alignment.backtest),
    ...(match.comparedLegs === 0 ? ["No leg was filled by both, so no prices could be compared."] : []),
    ...(manualOrders.length > 0 ? ["Orders placed by hand used up risk limits that the replay had to itself."] : [])
  ]
}

/** The signals that paper tried, at the moments at which they were made. */
const atOnce = (createdUs: Moments, tried: Moments): Moments =>
  new Map([...createdUs].filter(([signalId]) => tried.has(signalId)))

/** Replays the signals that paper tried at paper's moments and at once, and compares the executions. */
export const alignPaper = Effect.fn("app.align")(function* (options: BacktestOptions) {
  const { app } = yield* AppConfig
  const window = yield* readWindow(options)
  const paper = yield* readPaper(options, window)
  const moments = momentsOf(paper.legs, window.createdUs)
  const { legs, report } = yield* replayAt(options, moments)
  const early = yield* replayAt(options, atOnce(window.createdUs, moments))
  const resolutions = options.settlement ? window.resolutions : []
  const sideOf = (executed: typeof legs) => executionSide(executed, resolutions, window.board)
  const backtest = sideOf(legs)
  const side = sideOf(paper.legs)
  const match = matchExecutions(legs, paper.legs, window.createdUs)
  const found: Omit<Alignment, "remarks"> = {
    generatedAtUs: yield* nowUs,
    fromUs: options.fromUs,
    toUs: options.toUs,
    strategies: options.strategies,
    database: app.db_path,
    signalsMade: window.createdUs.size,
    expired: yield* (yield* SignalRepo).countExpired(options),
    backtest,
    paper: side,
    atOnce: sideOf(early.legs),
    changedByWaiting: countChanged(early.legs, legs),
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
