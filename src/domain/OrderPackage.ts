import { type EventId, type MarketId, type Side, type SignalId, type StrategyId, type Token } from "./ids.ts"
import { type OrderRequest, type TimeInForce } from "./Order.ts"
import { type LegRole } from "./OrderIntent.ts"
import { type Attempt } from "./Attempt.ts"
import { type RestTerms } from "./RestTerms.ts"
import { type Price, type Shares } from "./units.ts"

/** One order that a package asks for. Whether it opens or closes depends on what is held when its turn comes. */
export interface PackageLeg {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly side: Side
  readonly limitPrice: Price
  readonly qty: Shares
  readonly tif: TimeInForce
  readonly role: LegRole
  /** How it rests; absent or null: as its time in force says. */
  readonly rest?: RestTerms | null
  /** It is not sent with the package: it follows the fills of the first leg of its signal. */
  readonly follows?: boolean
  /** The signal that the leg came from; null: a person placed it, or a strategy in its event handler. */
  readonly signalId: SignalId | null
}

/**
 * Orders that belong together: the legs of one signal, the signals of a basket, an order that a person placed, or the
 * orders that a strategy placed in its event handler.
 */
export interface OrderPackage {
  readonly strategy: StrategyId
  readonly eventId: EventId
  /** Ids of the signals that it carries out; empty: it was not made of signals. */
  readonly signalIds: ReadonlyArray<SignalId>
  /** Sides of markets that a scan chose just now. Their cooldown begins when the package is opened. */
  readonly asked: ReadonlyArray<Attempt>
  readonly legs: ReadonlyArray<PackageLeg>
  /** What happens to a sale of more than is held: it becomes a purchase of the other outcome, or is refused. */
  readonly shortage: "buy_other" | "refuse"
  /** No fill is worse than the limit; false: the limit is a signal's target price, and slippage may go beyond it. */
  readonly strictLimit: boolean
  /** The venue's tick and lot may round orders that rest, never to a worse price; else they are sent as they are. */
  readonly rounds?: boolean
  /** It answers a fill of an order that it hedges, so it arrives after the leg delay. */
  readonly answersFill?: boolean
  /** A person confirmed this very package (`--confirm-live`). */
  readonly confirmed: boolean
}

/** An order as it will be sent. */
export interface PlannedOrder {
  readonly request: OrderRequest
  readonly role: LegRole
  readonly signalId: SignalId | null
  /** It would sell more than is held. */
  readonly short: boolean
  /** It follows the fills of the first order of its signal. */
  readonly follows?: boolean
}
