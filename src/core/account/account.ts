import { type EventId, type MarketId, type StrategyId, type Token } from "../../domain/ids.ts"
import { type Position } from "../../domain/Position.ts"
import { type Shares, shares, type Usdc, usdc } from "../../domain/units.ts"
import { addEquityPoint, type Drawdown, emptyDrawdown } from "../metrics.ts"
import { countFill, emptyTally, equityOf, type Tally } from "./attribution.ts"
import { applyFill, emptyPosition, notionalOf } from "./portfolio.ts"
import { type Mark } from "../MarketBoard.ts"
import { type Payout } from "../../domain/Market.ts"
import { type AccountFill, type Holding } from "./holding.ts"
import { settlementFill } from "./settlement.ts"
import { type MarketQuote, shownPrice } from "../venue/quote.ts"

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

/**
 * Cash, positions and marks of one run, with every sum that risk and reports ask for kept up to date as fills and
 * quotes arrive: nothing is revalued at a signal, so a run costs what its events cost.
 */
export class Account {
  readonly byStrategy = new Map<StrategyId, Tally>()
  readonly byEvent = new Map<StrategyId, Map<EventId, Tally>>()
  /** Notional per event over all strategies. */
  readonly eventNotional = new Map<EventId, Usdc>()
  /** In the order in which they were first held. */
  readonly holdings: Array<Holding> = []
  /** Money paid and received, micro-USDC; 0 at the start. */
  cash: Usdc = usdc(0)
  realized: Usdc = usdc(0)
  /** Gain or loss of everything held, at its marks. */
  unrealized: Usdc = usdc(0)
  /** Of the equity of everything together, after every moment in which it moved. */
  readonly marked: Drawdown = emptyDrawdown()
  private readonly byKey = new Map<StrategyId, Map<MarketId, MarketHoldings>>()
  private readonly byMarket = new Map<MarketId, Array<Holding>>()
  /** null: moments are not followed. The first `movedCount` moved in this one: an emptied array gives its memory away. */
  private moved: Array<Tally> | null = null
  private movedCount = 0

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

  holding(strategy: StrategyId, marketId: MarketId, token: Token): Holding | undefined {
    return this.byKey.get(strategy)?.get(marketId)?.[token]
  }

  holdingsOf(marketId: MarketId): ReadonlyArray<Holding> {
    return this.byMarket.get(marketId) ?? []
  }

  /** Applies a fill; `mark` is the token's newest price, to value a new position with (null: none known). */
  fill(fill: AccountFill, mark: Readonly<Mark> | null): { readonly realizedChange: Usdc; readonly closedQty: Shares } {
    const holding = this.holdingFor(fill, mark)
    const delta = fill.side === "buy" ? fill.qty : -fill.qty
    const effect = applyFill(holding.position, shares(delta), fill.price, fill.fee)
    const notional = notionalOf(fill.price, fill.qty)
    this.cash = usdc(this.cash + ((fill.side === "buy" ? -notional : notional) - fill.fee))
    this.realized = usdc(this.realized + effect.realizedChange)
    const settlement = fill.settlement === true
    countFill(holding.tallies[0], effect, notional, fill.fee, settlement)
    countFill(holding.tallies[1], effect, notional, fill.fee, settlement)
    this.revalue(holding)
    return effect
  }

  /**
   * Hands out the fill that closes each position of a resolved market, with the position as it still is. `take` applies
   * it: this account changes by `fill` alone.
   */
  payOut(marketId: MarketId, payout: Payout, take: (fill: AccountFill, holding: Readonly<Holding>) => void): void {
    for (const holding of this.holdingsOf(marketId)) {
      const fill = settlementFill(holding, payout)
      if (fill !== null) take(fill, holding)
    }
  }

  /** Takes over a position as it was stored, with what it realized; as if its fills had happened here. */
  restore(stored: Position, mark: Readonly<Mark> | null): void {
    const holding = this.holdingFor(stored, mark)
    holding.position.qty = stored.qty
    holding.position.cost = stored.cost
    holding.position.realized = stored.realized
    for (const tally of holding.tallies) tally.realized = usdc(tally.realized + stored.realized)
    this.realized = usdc(this.realized + stored.realized)
    this.cash = usdc(this.cash + (stored.realized - stored.cost))
    this.revalue(holding)
  }

  /** Marks every position of the market at the newest price of its token; a quote without one changes nothing. */
  mark(marketId: MarketId, quote: MarketQuote): void {
    const holdings = this.byMarket.get(marketId)
    if (holdings === undefined) return
    for (const holding of holdings) {
      const price = shownPrice(quote, holding.token)
      if (price === null) continue
      holding.markUs = quote.atUs
      if (price === holding.mark) continue
      holding.mark = price
      if (holding.position.qty !== 0) this.revalue(holding)
    }
  }

  /** From now on every moment in which equity moves gets a point of `marked`. */
  followMoments(): void {
    this.moved = []
  }

  /** All events of a moment are in: whatever moved gets one equity point, so that no order of events inside it counts. */
  endMoment(): void {
    const { moved } = this
    if (moved === null || this.movedCount === 0) return
    for (let index = 0; index < this.movedCount; index += 1) {
      const tally = moved[index]
      if (tally === undefined) continue
      tally.moved = false
      addEquityPoint(tally.marked, equityOf(tally))
    }
    this.movedCount = 0
    addEquityPoint(this.marked, this.realized + this.unrealized)
  }

  private holdingFor(
    fill: Pick<AccountFill, "strategy" | "marketId" | "eventId" | "token">,
    mark: Readonly<Mark> | null
  ): Holding {
    const markets = inner(this.byKey, fill.strategy)
    let held = markets.get(fill.marketId)
    if (held === undefined) markets.set(fill.marketId, (held = { YES: undefined, NO: undefined }))
    const known = held[fill.token]
    if (known !== undefined) return known
    const holding: Holding = {
      strategy: fill.strategy,
      marketId: fill.marketId,
      eventId: fill.eventId,
      token: fill.token,
      position: emptyPosition(),
      tallies: [this.strategyTally(fill.strategy), this.eventTally(fill.strategy, fill.eventId)],
      mark: mark === null ? null : mark.price,
      markUs: mark === null ? null : mark.atUs,
      unrealized: usdc(0),
      notional: usdc(0)
    }
    held[fill.token] = holding
    this.holdings.push(holding)
    const sameMarket = this.byMarket.get(fill.marketId)
    if (sameMarket === undefined) this.byMarket.set(fill.marketId, [holding])
    else sameMarket.push(holding)
    return holding
  }

  private revalue(holding: Holding): void {
    const { cost, qty } = holding.position
    const notional = Math.abs(cost)
    const unrealized = holding.mark === null ? 0 : notionalOf(holding.mark, qty) - cost
    const notionalChange = notional - holding.notional
    const unrealizedChange = unrealized - holding.unrealized
    holding.notional = usdc(notional)
    holding.unrealized = usdc(unrealized)
    this.unrealized = usdc(this.unrealized + unrealizedChange)
    for (const tally of holding.tallies) {
      if (this.moved !== null && !tally.moved) {
        tally.moved = true
        this.moved[this.movedCount] = tally
        this.movedCount += 1
      }
      tally.unrealized = usdc(tally.unrealized + unrealizedChange)
      tally.notional = usdc(tally.notional + notionalChange)
      if (tally.notional > tally.peakNotional) tally.peakNotional = tally.notional
    }
    if (notionalChange !== 0) {
      this.eventNotional.set(holding.eventId, usdc((this.eventNotional.get(holding.eventId) ?? 0) + notionalChange))
    }
  }

  /** Cash plus what everything held is worth at its mark (at cost where there is none), micro-USDC. */
  equity(): Usdc {
    let value = this.cash
    for (const { mark, position } of this.holdings) {
      value = usdc(value + (mark === null ? position.cost : notionalOf(mark, position.qty)))
    }
    return value
  }
}
