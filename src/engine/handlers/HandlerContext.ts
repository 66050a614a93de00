import { visibleOf } from "../../core/marketView.ts"
import { type MarketId, type StrategyId } from "../../domain/ids.ts"
import { type VisibleMarket } from "../../domain/MarketView.ts"
import { type OwnOrder, type OwnPosition, type StrategyContext } from "../../domain/StrategyEvent.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { fromMicros } from "../../domain/units.ts"
import { type EngineState } from "../EngineState.ts"

/**
 * What a strategy can look at while it handles an event. The state holds nothing later than the event. When the event
 * is over the context is shut, so that a strategy which kept it cannot see the future: it then shows only what was
 * looked at before. Lists are made when they are first asked for.
 */
export class HandlerContext implements StrategyContext {
  readonly atUs: EpochMicros
  /** A strategy may take it out of the context, as in `({ market }) => market(id)`. */
  readonly market = (id: MarketId): VisibleMarket | undefined => this.#see(id)
  #state: EngineState | null
  readonly #strategy: StrategyId
  readonly #seen = new Map<MarketId, VisibleMarket>()
  #positions: ReadonlyArray<OwnPosition> | null = null
  #orders: ReadonlyArray<OwnOrder> | null = null
  #openPackages: number | null = null

  constructor(state: EngineState, strategy: StrategyId) {
    this.atUs = state.nowUs
    this.#state = state
    this.#strategy = strategy
    Object.freeze(this.market)
    Object.freeze(this)
  }

  get positions(): ReadonlyArray<OwnPosition> {
    return (this.#positions ??= Object.freeze(this.#own()))
  }

  get orders(): ReadonlyArray<OwnOrder> {
    return (this.#orders ??= Object.freeze(this.#resting()))
  }

  get openPackages(): number {
    return (this.#openPackages ??= this.#state?.openPackagesOf(this.#strategy) ?? 0)
  }

  /** Is called when the event is over. */
  shut(): void {
    this.#state = null
  }

  #see(id: MarketId): VisibleMarket | undefined {
    const known = this.#seen.get(id)
    if (known !== undefined) return known
    const market = this.#state?.find(id)
    if (market === undefined) return undefined
    const visible = visibleOf(market.instrument, market.quote)
    this.#seen.set(id, visible)
    return visible
  }

  #own(): Array<OwnPosition> {
    const own: Array<OwnPosition> = []
    for (const { marketId, position, strategy, token } of this.#state?.account.holdings ?? []) {
      if (strategy !== this.#strategy || position.qty === 0) continue
      own.push(Object.freeze({ marketId, token, qty: fromMicros(position.qty), cost: fromMicros(position.cost) }))
    }
    return own
  }

  #resting(): Array<OwnOrder> {
    return (this.#state?.restingOf(this.#strategy) ?? []).map((order) =>
      Object.freeze({
        id: order.id,
        marketId: order.marketId,
        token: order.token,
        side: order.side,
        price: fromMicros(order.limitPrice),
        qty: fromMicros(order.qty),
        rest: fromMicros(order.qty - order.filledQty)
      })
    )
  }
}
