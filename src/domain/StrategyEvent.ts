import { type MarketId, type Side, type Token } from "./ids.ts"
import { type Json } from "./json.ts"
import { type Payout } from "./Market.ts"
import { type VisibleMarket } from "./MarketView.ts"
import { type OrderIntent } from "./OrderIntent.ts"
import { type EpochMicros } from "./time.ts"

/*
 * Strategies that hear of events. Everything that a strategy sees is in natural units (USDC per share, and shares) and
 * frozen; what it wants is checked before the engine reads it.
 */

export type StrategyEventKind = "market" | "timer" | "fill" | "resolution"
export const strategyEventKinds: ReadonlyArray<StrategyEventKind> = ["market", "timer", "fill", "resolution"]

/** One look at a market, as a source showed it. */
export interface MarketSeen {
  readonly kind: "market"
  readonly market: VisibleMarket
}

/** `everySec` is over again. */
export interface TimerReached {
  readonly kind: "timer"
}

/** An own order traded: when it was placed, or later while it rested. */
export interface OwnFill {
  readonly kind: "fill"
  readonly orderId: number
  readonly marketId: MarketId
  readonly token: Token
  readonly side: Side
  readonly price: number
  readonly qty: number
  /** USDC. */
  readonly fee: number
  /** Shares of the order that can still trade. */
  readonly rest: number
}

/** The venue's final word on a market: what one share of each outcome pays. It has been paid out already. */
export interface MarketResolved {
  readonly kind: "resolution"
  readonly marketId: MarketId
  readonly payout: Payout
}

export type StrategyEvent = MarketSeen | TimerReached | OwnFill | MarketResolved

/** What the strategy holds of one token. */
export interface OwnPosition {
  readonly marketId: MarketId
  readonly token: Token
  readonly qty: number
  /** What was paid for it, USDC, fees included. */
  readonly cost: number
}

/** An order of the strategy that the venue has and that can still trade. */
export interface OwnOrder {
  readonly id: number
  readonly marketId: MarketId
  readonly token: Token
  readonly side: Side
  readonly price: number
  readonly qty: number
  /** Shares that can still trade. */
  readonly rest: number
}

/** What a strategy can look at while it hears of an event: nothing in it is later than the event. */
export interface StrategyContext {
  readonly atUs: EpochMicros
  /** A market as it was seen last; undefined: it has not been seen yet. */
  readonly market: (id: MarketId) => VisibleMarket | undefined
  /** Own positions that are not empty. */
  readonly positions: ReadonlyArray<OwnPosition>
  /** Own orders that rest, oldest first. */
  readonly orders: ReadonlyArray<OwnOrder>
  /** Own packages of orders that have not ended: they wait, or it is not known yet what became of an order. */
  readonly openPackages: number
}

/** A package as a strategy wants it, checked: its legs trade together, or none does. */
export interface WantedPackage {
  /** The order stays at the venue until it has traded or is cancelled; false: it takes what is offered at once. */
  readonly rest: boolean
  readonly legs: ReadonlyArray<Omit<OrderIntent, "role">>
}

/** What a strategy made of an event, checked. */
export interface StrategyReaction {
  readonly state: Json
  readonly place: ReadonlyArray<WantedPackage>
  /** Own orders that rest, each once. */
  readonly cancel: ReadonlyArray<number>
}

/** What a strategy hears of, and what it makes of that, with its parameters bound. */
export interface EventHandlers {
  readonly kinds: ReadonlyArray<StrategyEventKind>
  /** Of which markets it hears data and resolutions; null: of all. */
  readonly markets: ReadonlySet<MarketId> | null
  /** Event time between two timer events; null: it has no timer. */
  readonly everyUs: EpochMicros | null
  /** Its state before the first event. */
  readonly initial: Json
  /** Pure: the same event, context and state give the same reaction. Throws a StrategyError where it is wrong. */
  readonly on: (event: StrategyEvent, context: StrategyContext, state: Json) => StrategyReaction
}
