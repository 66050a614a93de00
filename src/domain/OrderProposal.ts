import { type OrderRequest } from "./Order.ts"
import { type EpochMicros } from "./time.ts"
import { type Price } from "./units.ts"

/** An order with what risk needs to know about it and its market. Money in micro-units, times in microseconds. */
export interface OrderProposal {
  readonly order: OrderRequest
  /** What it is expected to cost per share: its fill price, or its limit while it rests. */
  readonly price: Price
  /** Of the order's token; null where the market shows none. */
  readonly midPrice: Price | null
  /** The source that showed the market last; null: none did. */
  readonly source: string | null
  /** Since its source showed or confirmed the quote last; null: the market shows none. */
  readonly quoteAgeUs: EpochMicros | null
  /** Planned end of the market; null when not known. */
  readonly resolvesAtUs: EpochMicros | null
}
