import { type EventId, type MarketId, type Side, type StrategyId, type Token } from "../domain/ids.ts"
import { type Micros, MICRO } from "../domain/units.ts"
import { countFill, emptyTally, type Tally } from "./attribution.ts"
import { applyFill, type Arithmetic, emptyPosition, type MutablePosition, notionalOf } from "./portfolio.ts"
import { type MarketQuote, shownPrice } from "./quote.ts"

/** A fill that changes an account. Price, quantity and fee in micro-units. */
export interface AccountFill {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly side: Side
  readonly price: Micros
  readonly qty: Micros
  readonly fee: Micros
}

/** One open or once open position, with what it adds to the sums that it belongs to. */
export interface Holding {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly position: MutablePosition
  readonly tallies: readonly [strategy: Tally, event: Tally]
  /** Newest price of the token; null until a snapshot had one (then the average counts). */
  mark: Micros | null
  unrealized: Micros
  notional: Micros
}

const pairKey = (a: string, b: string): string => `${a}\u0000${b}`

/**
 * Cash, positions and marks of one run, with every sum that risk and reports ask for kept up to date as fills and
 * quotes arrive: nothing is revalued at a signal, so a run costs what its events cost.
 */
export class Account {
  readonly byStrategy = new Map<StrategyId, Tally>()
  readonly byEvent = new Map<
    string,
    { readonly strategy: StrategyId; readonly eventId: EventId; readonly tally: Tally }
  >()
  /** Notional per event over all strategies. */
  readonly eventNotional = new Map<EventId, Micros>()
  readonly holdings = new Map<string, Holding>()
  /** Money paid and received, micro-USDC; 0 at the start. */
  cash: Micros = 0
  realized: Micros = 0
  private readonly byMarket = new Map<MarketId, Array<Holding>>()
  private readonly arithmetic: Arithmetic

  constructor(arithmetic: Arithmetic) {
    this.arithmetic = arithmetic
  }

  strategyTally(strategy: StrategyId): Tally {
    let tally = this.byStrategy.get(strategy)
    if (tally === undefined) this.byStrategy.set(strategy, (tally = emptyTally()))
    return tally
  }

  eventTally(strategy: StrategyId, eventId: EventId): Tally {
    const key = pairKey(strategy, eventId)
    let entry = this.byEvent.get(key)
    if (entry === undefined) this.byEvent.set(key, (entry = { strategy, eventId, tally: emptyTally() }))
    return entry.tally
  }

  holding(strategy: StrategyId, marketId: MarketId, token: Token): Holding | undefined {
    return this.holdings.get(pairKey(pairKey(strategy, marketId), token))
  }

  holdingsOf(marketId: MarketId): ReadonlyArray<Holding> {
    return this.byMarket.get(marketId) ?? []
  }

  /** Applies a fill; `quote` is what the market shows now, to mark a new position with. */
  fill(fill: AccountFill, quote: MarketQuote | null): { readonly realizedChange: Micros; readonly closedQty: Micros } {
    const holding = this.holdingFor(fill, quote)
    const delta = fill.side === "buy" ? fill.qty : -fill.qty
    const effect = applyFill(this.arithmetic, holding.position, delta, fill.price, fill.fee)
    const notional = notionalOf(this.arithmetic, fill.price, fill.qty)
    this.cash += (fill.side === "buy" ? -notional : notional) - fill.fee
    this.realized += effect.realizedChange
    for (const tally of holding.tallies) {
      countFill(tally, { ...effect, notional, fee: fill.fee })
    }
    this.revalue(holding)
    return effect
  }

  /** Marks every position of the market at the newest price of its token; a quote without one changes nothing. */
  mark(marketId: MarketId, quote: MarketQuote): void {
    const holdings = this.byMarket.get(marketId)
    if (holdings === undefined) return
    for (const holding of holdings) {
      const price = shownPrice(quote, holding.token)
      if (price === null || price === holding.mark) continue
      holding.mark = price
      if (holding.position.qty !== 0) this.revalue(holding)
    }
  }

  private holdingFor(fill: AccountFill, quote: MarketQuote | null): Holding {
    const key = pairKey(pairKey(fill.strategy, fill.marketId), fill.token)
    const known = this.holdings.get(key)
    if (known !== undefined) return known
    const holding: Holding = {
      strategy: fill.strategy,
      marketId: fill.marketId,
      eventId: fill.eventId,
      token: fill.token,
      position: emptyPosition(),
      tallies: [this.strategyTally(fill.strategy), this.eventTally(fill.strategy, fill.eventId)],
      mark: quote === null ? null : shownPrice(quote, fill.token),
      unrealized: 0,
      notional: 0
    }
    this.holdings.set(key, holding)
    const sameMarket = this.byMarket.get(fill.marketId)
    if (sameMarket === undefined) this.byMarket.set(fill.marketId, [holding])
    else sameMarket.push(holding)
    return holding
  }

  private revalue(holding: Holding): void {
    const { cost, qty } = holding.position
    const notional = Math.abs(cost)
    const unrealized = holding.mark === null ? 0 : notionalOf(this.arithmetic, holding.mark, qty) - cost
    const notionalChange = notional - holding.notional
    const unrealizedChange = unrealized - holding.unrealized
    holding.notional = notional
    holding.unrealized = unrealized
    for (const tally of holding.tallies) {
      tally.unrealized += unrealizedChange
      tally.notional += notionalChange
      if (tally.notional > tally.peakNotional) tally.peakNotional = tally.notional
    }
    if (notionalChange !== 0) {
      this.eventNotional.set(holding.eventId, (this.eventNotional.get(holding.eventId) ?? 0) + notionalChange)
    }
  }

  /** Cash plus what everything held is worth at its mark (at cost where there is none), micro-USDC. */
  equity(): Micros {
    let value = this.cash
    for (const { mark, position } of this.holdings.values()) {
      value += mark === null ? position.cost : notionalOf(this.arithmetic, mark, position.qty)
    }
    return value
  }
}

/** Price of one share in natural units, for messages. */
export const usdc = (micros: Micros): string => (micros / MICRO).toFixed(2)
