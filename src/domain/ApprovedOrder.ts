import { type EventId, type MarketId, type Side, type StrategyId, type Token } from "./ids.ts"
import { type OrderAction, type OrderRequest, type TimeInForce } from "./Order.ts"
import { type RestTerms } from "./RestTerms.ts"
import { type Price, type Shares } from "./units.ts"

/**
 * An order that passed risk. Only risk/approve.ts makes one (the structure check holds that), and it cannot be copied with
 * changes: a spread of it is no approved order. It can only be made smaller.
 */
export class ApprovedOrder implements OrderRequest {
  readonly #request: OrderRequest
  readonly #qty: Shares

  constructor(request: OrderRequest, qty: Shares = request.qty) {
    this.#request = request
    this.#qty = qty
  }

  get strategy(): StrategyId {
    return this.#request.strategy
  }

  get marketId(): MarketId {
    return this.#request.marketId
  }

  get eventId(): EventId {
    return this.#request.eventId
  }

  get token(): Token {
    return this.#request.token
  }

  get side(): Side {
    return this.#request.side
  }

  get action(): OrderAction {
    return this.#request.action
  }

  get limitPrice(): Price {
    return this.#request.limitPrice
  }

  get qty(): Shares {
    return this.#qty
  }

  get tif(): TimeInForce {
    return this.#request.tif
  }

  get rest(): RestTerms | null {
    return this.#request.rest ?? null
  }

  /** The order as plain data, no longer approved. */
  get request(): OrderRequest {
    return this.#qty === this.#request.qty ? this.#request : { ...this.#request, qty: this.#qty }
  }

  /** The same order for at most so many micro-shares: what risk passed stays passed when it is smaller. */
  shrinkTo(qty: Shares): ApprovedOrder {
    return qty < this.#qty ? new ApprovedOrder(this.#request, qty) : this
  }
}
