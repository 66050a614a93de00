import { Account } from "../core/account/account.ts"
import { AfterClose } from "../core/account/afterClose.ts"
import { equityOf, type Tally } from "../core/account/attribution.ts"
import { addEquityPoint, type Drawdown, emptyDrawdown, ratio } from "../core/metrics.ts"
import { type EventId, type MarketId, type Side, type SignalId, type StrategyId, type Token } from "../domain/ids.ts"
import { type Rejection, rejectionLabel } from "../domain/rejection.ts"
import { type EpochMicros } from "../domain/time.ts"
import { fromMicros, type MicroUnits, type Price, type Shares, type Usdc } from "../domain/units.ts"
import { type ResolutionRow } from "../ports/HistoryReader.ts"
import { endsOf } from "./marketEnds.ts"
import { type QuoteBoard } from "./quotes.ts"

/** One order of a signal as it was carried out, on paper or in a replay. Micro-units. */
export interface ExecutedLeg {
  readonly atUs: EpochMicros
  readonly signalId: SignalId
  readonly strategy: StrategyId
  readonly eventId: EventId
  readonly marketId: MarketId
  readonly token: Token
  readonly side: Side
  readonly qty: Shares
  readonly limitPrice: Price
  readonly executedQty: Shares
  /** Average over the fills; 0 without any. */
  readonly fillPrice: Price
  readonly fee: Usdc
  /** Why nothing traded, or not all of it; null when nothing went wrong. */
  readonly reason: Rejection | null
}

/** USDC. */
export interface SideFigures {
  readonly pnl: number
  readonly realized: number
  readonly fees: number
  readonly turnover: number
  /** Greatest fall of realized PnL from its running peak. */
  readonly maxDrawdown: number
  readonly trades: number
}

export interface ExecutionSide {
  readonly signals: number
  readonly executed: number
  readonly rejected: number
  readonly executionRate: number
  readonly legs: number
  readonly filledLegs: number
  /** Legs that traded / legs. */
  readonly fillRate: number
  /** MicroUnits that traded / shares of the legs that traded at all. */
  readonly fillRatio: number
  /** MicroUnits paid against the limit, weighted by quantity, basis points; negative is better than the limit. */
  readonly slippageBps: number
  readonly total: SideFigures
  /** Legs that traded after the exchange had closed their market, and what they gain at its payout, USDC. */
  readonly afterClose: { readonly fills: number; readonly pnl: number }
  readonly byStrategy: ReadonlyMap<string, SideFigures>
  readonly byEvent: ReadonlyMap<string, SideFigures>
  /** Signals by why they did not trade, most frequent first. */
  readonly reasons: ReadonlyMap<string, number>
}

/** How much worse than `reference` a price is for the side that trades, basis points. */
export const adverseBps = (side: Side, price: MicroUnits, reference: MicroUnits): number =>
  reference === 0 ? 0 : ((side === "buy" ? price - reference : reference - price) / reference) * 1e4

interface Curve {
  realized: MicroUnits
  readonly drawdown: Drawdown
}

/** Realized PnL in the order in which it was made: in all, by strategy and by event. */
class Curves {
  private readonly curves = new Map<string, Curve>()

  add(keys: ReadonlyArray<string>, change: MicroUnits): void {
    for (const key of keys) {
      const curve = this.curves.get(key) ?? { realized: 0, drawdown: emptyDrawdown() }
      curve.realized += change
      addEquityPoint(curve.drawdown, curve.realized)
      this.curves.set(key, curve)
    }
  }

  fall(key: string): number {
    return fromMicros(this.curves.get(key)?.drawdown.max ?? 0)
  }
}

const TOTAL = "total"
const strategyKey = (strategy: string): string => `strategy ${strategy}`
const eventKey = (eventId: string): string => `event ${eventId}`

const figures = (tallies: ReadonlyArray<Tally>, maxDrawdown: number): SideFigures => {
  const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0)
  return {
    pnl: fromMicros(sum(equityOf)),
    realized: fromMicros(sum((tally) => tally.realized)),
    fees: fromMicros(sum((tally) => tally.fees)),
    turnover: fromMicros(sum((tally) => tally.turnover)),
    maxDrawdown,
    trades: sum((tally) => tally.tradeCount)
  }
}

const settle = (account: Account, curves: Curves, { marketId, payout }: ResolutionRow): void => {
  account.payOut(marketId, payout, (fill) => {
    const { realizedChange } = account.fill(fill, null)
    curves.add([TOTAL, strategyKey(fill.strategy), eventKey(fill.eventId)], realizedChange)
  })
}

/**
 * Every leg and every resolution in time order, then what is left at the newest prices of the board. At one moment the
 * resolution comes first, as in the engine; what traded at it or later all the same is paid out at once.
 */
const accountOf = (
  legs: ReadonlyArray<ExecutedLeg>,
  resolutions: ReadonlyArray<ResolutionRow>,
  board: QuoteBoard,
  curves: Curves
): Account => {
  const account = new Account()
  const traded = legs.filter(({ executedQty }) => executedQty > 0).sort((a, b) => a.atUs - b.atUs)
  const resolved = new Map<MarketId, ResolutionRow>()
  let heard = 0
  const resolveUntil = (atUs: EpochMicros): void => {
    for (let next = resolutions[heard]; next !== undefined && next.atUs <= atUs; next = resolutions[heard]) {
      settle(account, curves, next)
      resolved.set(next.marketId, next)
      heard += 1
    }
  }
  for (const leg of traded) {
    resolveUntil(leg.atUs)
    const { realizedChange } = account.fill({ ...leg, price: leg.fillPrice, qty: leg.executedQty }, null)
    curves.add([TOTAL, strategyKey(leg.strategy), eventKey(leg.eventId)], realizedChange)
    const paid = resolved.get(leg.marketId)
    if (paid !== undefined) settle(account, curves, paid)
  }
  resolveUntil(Number.POSITIVE_INFINITY)
  for (const { marketId } of account.holdings) {
    const yes = board.mark(marketId, "YES")
    const no = board.mark(marketId, "NO")
    account.mark(marketId, { atUs: 0, yes, no, bid: null, ask: null, liquidity: 0 })
  }
  return account
}

const reasonsOf = (bySignal: ReadonlyMap<number, ReadonlyArray<ExecutedLeg>>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const legs of bySignal.values()) {
    if (legs.some(({ executedQty }) => executedQty > 0)) continue
    // A leg that another leg took along names that one; the cause is the leg that failed by itself.
    const own = legs.find(({ reason }) => reason?.code !== "bundle incomplete") ?? legs[0]
    const reason = own?.reason ?? null
    const code = reason === null ? "no reason given" : rejectionLabel(reason)
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return new Map([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))
}

export const legsBySignal = (legs: ReadonlyArray<ExecutedLeg>): ReadonlyMap<number, ReadonlyArray<ExecutedLeg>> => {
  const groups = new Map<number, Array<ExecutedLeg>>()
  for (const leg of legs) {
    const group = groups.get(leg.signalId)
    if (group === undefined) groups.set(leg.signalId, [leg])
    else group.push(leg)
  }
  return groups
}

const afterCloseOf = (
  filled: ReadonlyArray<ExecutedLeg>,
  resolutions: ReadonlyArray<ResolutionRow>
): ExecutionSide["afterClose"] => {
  const ends = endsOf(resolutions)
  const late = new AfterClose()
  for (const leg of filled) late.take({ ...leg, price: leg.fillPrice, qty: leg.executedQty }, ends.get(leg.marketId))
  return { fills: late.fills, pnl: fromMicros(late.pnl) }
}

const slippage = (legs: ReadonlyArray<ExecutedLeg>): number => {
  let weighted = 0
  let qty = 0
  for (const leg of legs) {
    weighted += adverseBps(leg.side, leg.fillPrice, leg.limitPrice) * leg.executedQty
    qty += leg.executedQty
  }
  return ratio(weighted, qty, 0)
}

/** Paper and replay go through this one fold, so that a difference between them is theirs and not the arithmetic's. */
export const executionSide = (
  legs: ReadonlyArray<ExecutedLeg>,
  resolutions: ReadonlyArray<ResolutionRow>,
  board: QuoteBoard
): ExecutionSide => {
  const curves = new Curves()
  const account = accountOf(legs, resolutions, board, curves)
  const bySignal = legsBySignal(legs)
  const filled = legs.filter(({ executedQty }) => executedQty > 0)
  const executed = new Set(filled.map(({ signalId }) => signalId)).size
  const sum = (of: (leg: ExecutedLeg) => number): number => filled.reduce((total, leg) => total + of(leg), 0)
  const events = new Map<string, Array<Tally>>()
  for (const tallies of account.byEvent.values()) {
    for (const [eventId, tally] of tallies) events.set(eventId, [...(events.get(eventId) ?? []), tally])
  }
  return {
    signals: bySignal.size,
    executed,
    rejected: bySignal.size - executed,
    executionRate: ratio(executed, bySignal.size, 0),
    legs: legs.length,
    filledLegs: filled.length,
    fillRate: ratio(filled.length, legs.length, 0),
    fillRatio: ratio(
      sum(({ executedQty }) => executedQty),
      sum(({ qty }) => qty),
      0
    ),
    slippageBps: slippage(filled),
    afterClose: afterCloseOf(filled, resolutions),
    total: figures([...account.byStrategy.values()], curves.fall(TOTAL)),
    byStrategy: new Map(
      [...account.byStrategy].map(([id, tally]) => [id, figures([tally], curves.fall(strategyKey(id)))])
    ),
    byEvent: new Map([...events].map(([id, tallies]) => [id, figures(tallies, curves.fall(eventKey(id)))])),
    reasons: reasonsOf(bySignal)
  }
}
