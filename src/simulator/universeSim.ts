import { mix32, normalFrom, unit } from "../core/rng.ts"
import { clamp } from "../domain/units.ts"
import { disputeStep, type EventPlan, type MarketPlan, secondProposalStep, STEPS_PER_DAY } from "./universePlan.ts"
import { advanceEvent, type EventState, initialState, prices, spreadOf } from "./universeWalk.ts"

/** Steps simulated before the start, so that there are trades to list from the first moment. */
export const WARM_UP_STEPS = 48
/** Trades kept for data-api's listing. */
const TRADES_KEPT = 20_000

/** Prices in thousandths, so that every tick is a whole number. */
export interface Quotes {
  readonly bid: Int16Array
  readonly ask: Int16Array
}

export interface SimTrade {
  readonly market: number
  readonly step: number
  /** 0 YES, 1 NO. */
  readonly outcome: 0 | 1
  readonly buy: boolean
  /** Of the traded token; off the grid where one order took several levels. */
  readonly price: number
  readonly size: number
  /** Seconds before the end of the step. */
  readonly age: number
  readonly key: number
}

export interface Sim {
  readonly seed: number
  readonly events: ReadonlyArray<EventPlan>
  readonly markets: ReadonlyArray<{ readonly plan: MarketPlan; readonly event: EventPlan; readonly leg: number }>
  readonly states: Array<EventState>
  /** The book's quotes and what Gamma shows of them. */
  readonly book: Quotes
  readonly gamma: Quotes
  /** Tick in thousandths: 10 or 1. */
  readonly tick: Int16Array
  readonly changedStep: Int32Array
  readonly volume: Float64Array
  readonly volumeDay: Float64Array
  /** Middle at the last midnight of market time, thousandths. */
  readonly dayOpen: Float64Array
  /** YES price of the last trade, thousandths; 0: none yet. */
  readonly lastPrice: Float64Array
  readonly lastBuy: Uint8Array
  /** The plans' numbers side by side, by market. */
  readonly fineTick: Uint8Array
  readonly spread: Uint8Array
  readonly activity: Float64Array
  trades: Array<SimTrade>
  step: number
}

const STREAM = { trade: 11, side: 12, size: 13, age: 14, sweep: 15 } as const

export const makeSim = (seed: number, events: ReadonlyArray<EventPlan>): Sim => {
  const markets = events.flatMap((event) => event.markets.map((plan, leg) => ({ plan, event, leg })))
  const n = markets.length
  const quotes = (): Quotes => ({ bid: new Int16Array(n), ask: new Int16Array(n) })
  return {
    seed,
    events,
    markets,
    states: events.map(initialState),
    book: quotes(),
    gamma: quotes(),
    tick: new Int16Array(n),
    changedStep: Int32Array.from(markets, ({ event }) => event.listStep),
    volume: Float64Array.from(markets, ({ event, plan }) => (event.listStep > -WARM_UP_STEPS ? 0 : plan.volume)),
    volumeDay: Float64Array.from(markets, ({ event, plan }) =>
      event.listStep > -WARM_UP_STEPS ? 0 : plan.volume / 60
    ),
    dayOpen: new Float64Array(n),
    lastPrice: new Float64Array(n),
    lastBuy: new Uint8Array(n),
    fineTick: Uint8Array.from(markets, ({ plan }) => (plan.fineTick ? 1 : 0)),
    spread: Uint8Array.from(markets, ({ plan }) => plan.spreadTicks),
    activity: Float64Array.from(markets, ({ plan }) => plan.activity),
    trades: [],
    step: -WARM_UP_STEPS - 1
  }
}

/** Best bid and ask around `price`, `spread` ticks apart, inside the grid. */
const setQuote = (quotes: Quotes, m: number, price: number, tick: number, spread: number): boolean => {
  const top = 1_000 / tick
  const bid = clamp(Math.round((price * 1_000) / tick - spread / 2), 1, top - 1 - spread) * tick
  const ask = bid + spread * tick
  const changed = quotes.bid[m] !== bid || quotes.ask[m] !== ask
  quotes.bid[m] = bid
  quotes.ask[m] = ask
  return changed
}

const tradeOf = (sim: Sim, m: number, step: number, moved: number): SimTrade | undefined => {
  if (unit(mix32(sim.seed, m, step, STREAM.trade)) >= (sim.activity[m] ?? 0)) return undefined
  const plan = sim.markets[m]?.plan
  if (plan === undefined) return undefined
  const key = mix32(sim.seed, m, step, STREAM.side)
  // Buyers of YES push the price up, sellers down; without a move either may have come.
  const buyYes = moved > 0 || (moved === 0 && (key & 1) === 1)
  const outcome = (key & 6) === 0 ? 1 : 0
  const tick = sim.tick[m] ?? 10
  const best = buyYes ? (sim.book.ask[m] ?? 0) : (sim.book.bid[m] ?? 0)
  const swept = unit(mix32(sim.seed, m, step, STREAM.sweep))
  const deeper = swept < 0.2 ? clamp(best + (buyYes ? tick : -tick) * swept * 4, 1, 999) : best
  sim.lastPrice[m] = best
  sim.lastBuy[m] = buyYes ? 1 : 0
  const shares =
    Math.exp(2.6 + 1.4 * normalFrom(mix32(sim.seed, m, step, STREAM.size))) * Math.sqrt(plan.liquidity / 4_000)
  const size = Math.max(1, Math.round(shares * 100) / 100)
  const price = (outcome === 0 ? deeper : 1_000 - deeper) / 1_000
  const notional = size * price
  sim.volume[m] = (sim.volume[m] ?? 0) + notional
  sim.volumeDay[m] = (sim.volumeDay[m] ?? 0) + notional
  return {
    market: m,
    step,
    outcome,
    buy: outcome === 0 ? buyYes : !buyYes,
    price,
    size,
    age: Math.floor(unit(mix32(sim.seed, m, step, STREAM.age)) * 300),
    key
  }
}

const scratch = { book: new Float64Array(64), gamma: new Float64Array(64) }

const quoteEvent = (sim: Sim, event: EventPlan, state: EventState, step: number, fresh: Array<SimTrade>): void => {
  prices(event, state.odds, state.drift, scratch.book)
  prices(event, state.cached, state.drift, scratch.gamma)
  for (let leg = 0; leg < state.odds.length; leg++) {
    const m = event.firstMarket + leg
    const price = scratch.book[leg] ?? 0
    const tick = sim.fineTick[m] === 1 || price < 0.04 || price > 0.96 ? 1 : 10
    const spread = spreadOf(m, sim.spread[m] ?? 1, step, sim.seed)
    const before = (sim.book.bid[m] ?? 0) + (sim.book.ask[m] ?? 0)
    sim.tick[m] = tick
    setQuote(sim.book, m, price, tick, spread)
    if (setQuote(sim.gamma, m, scratch.gamma[leg] ?? 0, tick, spread)) sim.changedStep[m] = step
    const middle = (sim.book.bid[m] ?? 0) + (sim.book.ask[m] ?? 0)
    if (before === 0 || step % STEPS_PER_DAY === 0) sim.dayOpen[m] = middle / 2
    sim.volumeDay[m] = (sim.volumeDay[m] ?? 0) * (1 - 1 / STEPS_PER_DAY)
    const trade = tradeOf(sim, m, step, before === 0 ? 0 : middle - before)
    if (trade !== undefined) fresh.push(trade)
  }
}

/** The next five minutes of every market. */
export const advanceSim = (sim: Sim): void => {
  const step = sim.step + 1
  const fresh: Array<SimTrade> = []
  for (let i = 0; i < sim.events.length; i++) {
    const event = sim.events[i]
    const state = sim.states[i]
    if (event === undefined || state === undefined || state.phase === "resolved" || step < event.listStep) continue
    const phase = state.phase
    advanceEvent(event, state, step, sim.seed)
    if (state.phase === "open" || state.phase === "proposed") quoteEvent(sim, event, state, step, fresh)
    const challenge = event.disputed && (step === disputeStep(event) + 1 || step === secondProposalStep(event))
    if (state.phase !== phase || challenge)
      for (const plan of event.markets) sim.changedStep[plan.index] = Math.min(step, event.resolveStep)
  }
  fresh.sort((a, b) => b.age - a.age || a.market - b.market)
  for (const trade of fresh) sim.trades.push(trade)
  if (sim.trades.length > TRADES_KEPT * 1.5) sim.trades = sim.trades.slice(-TRADES_KEPT)
  sim.step = step
}
