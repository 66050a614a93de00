import { type EventId, type MarketId, type StrategyId, type Token } from "../../domain/ids.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type MicroUnits } from "../../domain/units.ts"
import { type OriginalOrder } from "./order.ts"
import { applyFill, notionalOf, type Position } from "./position.ts"
import { type OriginalMark, type OriginalQuote } from "./quotes.ts"
import { countFill, emptyTally, type Tally } from "./tally.ts"

/** One open or once open position, with what it adds to the sums that it belongs to. */
export interface Holding {
  readonly strategy: StrategyId
  readonly eventId: EventId
  readonly marketId: MarketId
  readonly token: Token
  readonly position: Position
  readonly tallies: readonly [strategy: Tally, event: Tally]
  /** Newest price of the token; null until a snapshot had one (then the average counts). */
  mark: MicroUnits | null
  /** Time of the snapshot that showed `mark`; null as long as there is none. */
  markUs: EpochMicros | null
  unrealized: MicroUnits
  notional: MicroUnits
}

/** The two tokens of a market that one strategy has held. */
interface MarketHoldings {
  YES: Holding | undefined
  NO: Holding | undefined
}

/** A value of an inner map, made when it is first asked for. */
const inner = <K, V>(outer: Map<K, Map<string, V>>, key: K): Map<string, V> => {
  let map = outer.get(key)
  if (map === undefined) outer.set(key, (map = new Map()))
  return map
}

/** Cash, positions and marks of one run, in fractions of micro-units, with sums kept up to date as fills and marks come. */
export class OriginalAccount {
  readonly byStrategy = new Map<StrategyId, Tally>()
  readonly byEvent = new Map<StrategyId, Map<EventId, Tally>>()
  /** In the order in which they were first held. */
  readonly holdings: Array<Holding> = []
  /** Money paid and received, micro-USDC; 0 at the start. */
  cash: MicroUnits = 0
  realized: MicroUnits = 0
  private readonly byKey = new Map<StrategyId, Map<MarketId, MarketHoldings>>()
  private readonly byMarket = new Map<MarketId, Array<Holding>>()

  strategyTally(strategy: StrategyId): Tally {
    let tally = this.byStrategy.get(strategy)
    if (tally === undefined) this.byStrategy.set(strategy, (tally = emptyTally()))
    return tally
  }

  eventTally(strategy: StrategyId, eventId: EventId): Tally {
    const events = inner(this.byEvent, strategy)
    let tally = events.get(eventId)
    if (tally === undefined) events.set(eventId, (tally = emptyTally()))
    return tally
  }

  /**
   * Fills `qty` of an order at `price`; `mark` is the token's newest price, to value a new position with (null: none
   * known). Returns the change of realized PnL.
   */
  fill(
    order: OriginalOrder,
    price: MicroUnits,
    qty: MicroUnits,
    fee: MicroUnits,
    mark: OriginalMark | null
  ): MicroUnits {
    const holding = this.holdingFor(order, mark)
    const buying = order.side === "buy"
    const effect = applyFill(holding.position, buying ? qty : -qty, price, fee)
    const notional = notionalOf(price, qty)
    this.cash += (buying ? -notional : notional) - fee
    this.realized += effect.realizedChange
    countFill(holding.tallies[0], effect, notional, fee)
    countFill(holding.tallies[1], effect, notional, fee)
    revalue(holding)
    return effect.realizedChange
  }

  /** Marks every position of the market at the newest price of its token; a quote without one changes nothing. */
  mark(marketId: MarketId, quote: OriginalQuote): void {
    const holdings = this.byMarket.get(marketId)
    if (holdings === undefined) return
    for (const holding of holdings) {
      const price = holding.token === "YES" ? quote.yes : quote.no
      if (price === null) continue
      holding.markUs = quote.atUs
      if (price === holding.mark) continue
      holding.mark = price
      if (holding.position.qty !== 0) revalue(holding)
    }
  }

  private holdingFor({ eventId, marketId, strategy, token }: OriginalOrder, mark: OriginalMark | null): Holding {
    const markets = inner(this.byKey, strategy)
    let held = markets.get(marketId)
    if (held === undefined) markets.set(marketId, (held = { YES: undefined, NO: undefined }))
    const known = held[token]
    if (known !== undefined) return known
    const holding: Holding = {
      strategy,
      eventId,
      marketId,
      token,
      position: { qty: 0, cost: 0, realized: 0 },
      tallies: [this.strategyTally(strategy), this.eventTally(strategy, eventId)],
      mark: mark === null ? null : mark.price,
      markUs: mark === null ? null : mark.atUs,
      unrealized: 0,
      notional: 0
    }
    held[token] = holding
    this.holdings.push(holding)
    const sameMarket = this.byMarket.get(marketId)
    if (sameMarket === undefined) this.byMarket.set(marketId, [holding])
    else sameMarket.push(holding)
    return holding
  }
}

/** Moves what a position adds to its sums from what it was before to what it is now. */
const revalue = (holding: Holding): void => {
  const { cost, qty } = holding.position
  const notional = Math.abs(cost)
  const unrealized = holding.mark === null ? 0 : notionalOf(holding.mark, qty) - cost
  const notionalChange = notional - holding.notional
  const unrealizedChange = unrealized - holding.unrealized
  holding.notional = notional
  holding.unrealized = unrealized
  for (const tally of holding.tallies) {
    tally.unrealized += unrealizedChange
    tally.notional += notionalChange
    if (tally.notional > tally.peakNotional) tally.peakNotional = tally.notional
  }
}
