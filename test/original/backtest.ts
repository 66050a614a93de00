// The original's backtest once more, written from the rules of `--compat original` and as slowly as they come: every
// figure is computed anew from all rows each time. It shares no line with the program that is compared with it.
import { type OriginalContent, type OriginalSnapshot, type StoredSignal } from "./database.ts"

export interface Execution {
  readonly slippage_bps: number
  readonly fee_bps: number
  readonly enable_partial_fill: boolean
  readonly liquidity_full_fill: number
  readonly min_fill_ratio: number
  readonly enable_fill_probability: boolean
  readonly min_fill_probability: number
  readonly enable_dynamic_slippage: boolean
  readonly spread_slippage_weight_bps: number
  readonly liquidity_slippage_weight_bps: number
  readonly liquidity_reference: number
}

export interface Risk {
  readonly max_daily_loss: number
  readonly max_strategy_notional: number
  readonly max_event_notional: number
  readonly circuit_breaker_rejections: number
}

export interface Replayed {
  readonly from_us: number
  readonly to_us: number
  readonly strategies: ReadonlyArray<string>
  readonly execution: Execution
  readonly risk: Risk
}

interface Position {
  readonly strategy: string
  readonly event: string
  readonly market: string
  readonly token: "YES" | "NO"
  qty: number
  average: number
  realized: number
}

interface Key {
  readonly strategy: string
  readonly event: string | null
}

interface Score {
  readonly key: Key
  readonly points: Array<number>
  trades: number
  wins: number
  losses: number
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

const matches = (key: Key, strategy: string, event: string): boolean =>
  key.strategy === strategy && (key.event === null || key.event === event)

const drawdownOf = (points: ReadonlyArray<number>): number => {
  let [peak, worst] = [0, 0]
  for (const point of points) {
    peak = Math.max(peak, point)
    worst = Math.max(worst, peak - point)
  }
  return worst
}

/** The newest snapshot of a market at a moment that `test` accepts; of equal times the later row. */
const newest = (
  snapshots: ReadonlyArray<OriginalSnapshot>,
  market: string,
  atUs: number,
  test: (snapshot: OriginalSnapshot) => boolean = () => true
): OriginalSnapshot | undefined => {
  let found: OriginalSnapshot | undefined
  for (const one of snapshots) {
    if (one.market_id !== market || one.atUs > atUs || !test(one)) continue
    if (found === undefined || one.atUs >= found.atUs) found = one
  }
  return found
}

const fillOf = (side: "buy" | "sell", target: number, seen: OriginalSnapshot, execution: Execution) => {
  const { liquidity, no_price, yes_price } = seen
  let bps = execution.slippage_bps
  if (execution.enable_dynamic_slippage) {
    const gap = yes_price === null || no_price === null ? 0 : Math.abs(1 - (yes_price + no_price))
    const thin = clamp(1 - liquidity / execution.liquidity_reference, 0, 1)
    bps += gap * execution.spread_slippage_weight_bps + thin * execution.liquidity_slippage_weight_bps
  }
  const ratio = execution.enable_partial_fill
    ? Math.max(execution.min_fill_ratio, clamp(liquidity / execution.liquidity_full_fill, 0, 1))
    : 1
  const byLiquidity =
    liquidity >= 1000 ? 1 : liquidity >= 800 ? 0.9 : liquidity >= 500 ? 0.75 : liquidity >= 200 ? 0.55 : 0.35
  const probability = execution.enable_fill_probability
    ? clamp(byLiquidity * (side === "buy" ? 0.95 : 1), execution.min_fill_probability, 1)
    : 1
  const wish = clamp(target, 0.01, 0.99)
  const price = side === "buy" ? Math.min(0.99, wish * (1 + bps / 1e4)) : Math.max(0.01, wish * (1 - bps / 1e4))
  return { bps, ratio, probability, price }
}

/** Adds a fill to a position and returns what it realized; a fill beyond what is held turns the position around. */
const fill = (
  position: Position,
  signed: number,
  price: number
): { readonly closed: boolean; readonly gain: number } => {
  if (position.qty === 0 || Math.sign(position.qty) === Math.sign(signed)) {
    const qty = position.qty + signed
    position.average = (position.average * Math.abs(position.qty) + price * Math.abs(signed)) / Math.abs(qty)
    position.qty = qty
    return { closed: false, gain: 0 }
  }
  const closing = Math.min(Math.abs(signed), Math.abs(position.qty))
  const gain = closing * (price - position.average) * Math.sign(position.qty)
  const left = position.qty + signed
  if (Math.abs(signed) > Math.abs(position.qty)) position.average = price
  position.qty = left
  if (left === 0) position.average = 0
  return { closed: true, gain }
}

const refusal = (
  order: { readonly notional: number; readonly realized: number; readonly strategy: number; readonly event: number },
  rejections: number,
  risk: Risk
): string | null => {
  const { event, notional, realized, strategy } = order
  if (realized <= -risk.max_daily_loss) return `global stop-loss triggered: realized=${realized.toFixed(2)}`
  if (strategy + notional > risk.max_strategy_notional) {
    return `strategy notional limit exceeded: ${(strategy + notional).toFixed(2)} > ${risk.max_strategy_notional.toFixed(2)}`
  }
  if (event + notional > risk.max_event_notional) {
    return `event notional limit exceeded: ${(event + notional).toFixed(2)} > ${risk.max_event_notional.toFixed(2)}`
  }
  return rejections >= risk.circuit_breaker_rejections
    ? `circuit breaker open: rejected=${rejections}, threshold=${risk.circuit_breaker_rejections}`
    : null
}

class Book {
  readonly positions: Array<Position> = []
  private readonly snapshots: ReadonlyArray<OriginalSnapshot>

  constructor(snapshots: ReadonlyArray<OriginalSnapshot>) {
    this.snapshots = snapshots
  }

  of(key: Key): ReadonlyArray<Position> {
    return this.positions.filter(({ event, strategy }) => matches(key, strategy, event))
  }

  notional(key: Key): number {
    return this.of(key).reduce((sum, { average, qty }) => sum + Math.abs(qty * average), 0)
  }

  realized(): number {
    return this.positions.reduce((sum, { realized }) => sum + realized, 0)
  }

  equity(key: Key, atUs: number): number {
    return this.of(key).reduce((sum, { average, market, qty, realized, token }) => {
      const priceOf = (seen: OriginalSnapshot) => (token === "YES" ? seen.yes_price : seen.no_price)
      const seen = newest(this.snapshots, market, atUs, (one) => priceOf(one) !== null)
      const mark = seen === undefined ? average : (priceOf(seen) ?? average)
      return sum + realized + qty * (mark - average)
    }, 0)
  }

  position(strategy: string, event: string, market: string, token: "YES" | "NO"): Position {
    const known = this.positions.find(
      (one) => one.strategy === strategy && one.market === market && one.token === token
    )
    if (known !== undefined) return known
    const made = { strategy, event, market, token, qty: 0, average: 0, realized: 0 }
    this.positions.push(made)
    return made
  }
}

const resultOf = (book: Book, { key, losses, points, trades, wins }: Score, toUs: number) => {
  const pnl = book.equity(key, toUs)
  return {
    strategy: key.strategy,
    ...(key.event === null ? {} : { event_id: key.event }),
    pnl,
    winrate: wins + losses === 0 ? 0 : wins / (wins + losses),
    max_drawdown: drawdownOf([...points, pnl]),
    trade_count: trades,
    wins,
    losses
  }
}

const textOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** One window: what an artifact of the original says under the same names. */
export const referenceBacktest = (
  content: OriginalContent,
  { execution, from_us, risk, strategies, to_us }: Replayed
) => {
  const book = new Book(content.snapshots)
  const scores: Array<Score> = strategies.map((strategy) => ({
    ...{ key: { strategy, event: null }, points: [], trades: 0, wins: 0, losses: 0 }
  }))
  const rows: Array<ReturnType<typeof rowOf>> = []
  let rejections = 0

  const rowOf = (signal: StoredSignal) => {
    const { atUs, event_id, market_id, side, strategy } = signal
    const leg = signal.payload.primary_leg ?? { token: "YES", price: signal.target_price, qty: signal.size_hint }
    const seen = newest(content.snapshots, market_id, atUs)
    if (seen === undefined) throw new Error(`signal ${signal.id} stands before every snapshot of its market`)
    const { bps, price, probability, ratio } = fillOf(side, leg.price, seen, execution)
    const ofEvent = { strategy, event: event_id }
    const ofStrategy = { strategy, event: null }
    const before = {
      notional: leg.qty * price,
      realized: book.realized(),
      strategy: book.notional(ofStrategy),
      event: book.notional(ofEvent)
    }
    const rejectedBefore = rejections
    const refused = refusal(before, rejections, risk)
    const done = refused === null ? leg.qty * ratio * probability : 0
    let change = 0
    const touched = scores.filter(({ key }) => matches(key, strategy, event_id))
    if (!scores.some(({ key }) => key.event === event_id && key.strategy === strategy)) {
      const made = { key: ofEvent, points: [], trades: 0, wins: 0, losses: 0 }
      scores.push(made)
      touched.push(made)
    }
    if (refused === null) {
      const position = book.position(strategy, event_id, market_id, leg.token)
      const { closed, gain } = fill(position, side === "buy" ? done : -done, price)
      change = gain - (price * done * execution.fee_bps) / 1e4
      position.realized += change
      for (const score of touched) {
        score.trades += 1
        if (closed && change > 0) score.wins += 1
        if (closed && change < 0) score.losses += 1
      }
    } else rejections += 1
    for (const { key, points } of touched) points.push(book.equity(key, atUs))
    return {
      ts_us: atUs,
      strategy,
      event_id,
      market_id,
      token_id: leg.token,
      side,
      qty: leg.qty,
      executed_qty: done,
      fill_ratio: refused === null ? ratio * probability : 0,
      fill_probability: refused === null ? probability : 0,
      slippage_bps_applied: bps,
      target_price: leg.price,
      fill_price: price,
      realized_change: change,
      strategy_equity: book.equity(ofStrategy, atUs),
      event_equity: book.equity(ofEvent, atUs),
      risk_allowed: refused === null,
      risk_reason: refused ?? "ok",
      risk_notional: before.notional,
      risk_realized_pnl_before: before.realized,
      risk_strategy_notional_before: before.strategy,
      risk_event_notional_before: before.event,
      risk_rejections_before: rejectedBefore,
      risk_max_daily_loss: risk.max_daily_loss,
      risk_max_strategy_notional: risk.max_strategy_notional,
      risk_max_event_notional: risk.max_event_notional,
      risk_circuit_breaker_rejections: risk.circuit_breaker_rejections
    }
  }

  const inside = content.signals.filter(
    ({ atUs, strategy }) => atUs >= from_us && atUs <= to_us && strategies.includes(strategy)
  )
  for (const signal of inside.toSorted((a, b) => a.atUs - b.atUs || a.id - b.id)) rows.push(rowOf(signal))
  const results = scores.map((score) => ({ score, result: resultOf(book, score, to_us) }))
  const executed = rows.filter(({ risk_allowed }) => risk_allowed).length
  return {
    total_signals: rows.length,
    executed_signals: executed,
    rejected_signals: rows.length - executed,
    results: results
      .filter(({ score }) => score.key.event === null)
      .map(({ result }) => result)
      .toSorted((a, b) => textOrder(a.strategy, b.strategy)),
    event_results: results
      .filter(({ score }) => score.key.event !== null)
      .map(({ result }) => result)
      .toSorted((a, b) => textOrder(a.strategy, b.strategy) || textOrder(a.event_id ?? "", b.event_id ?? "")),
    replay: rows.toSorted(
      (a, b) =>
        a.ts_us - b.ts_us ||
        textOrder(a.strategy, b.strategy) ||
        textOrder(a.market_id, b.market_id) ||
        textOrder(a.token_id, b.token_id)
    )
  }
}
