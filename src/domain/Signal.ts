import { type EventId, type MarketId, type Side, type SignalId, type StrategyId } from "./ids.ts"
import { type JsonObject } from "./json.ts"
import { basketPackageId, type ExecutionStyle, type OrderIntent, type PackageId } from "./OrderIntent.ts"
import { type EpochMicros } from "./time.ts"

export type SignalStatus = "new" | "executed" | "rejected"

/** What every signal says. Natural units, but for its orders. */
interface SignalContent {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly side: Side
  readonly score: number
  /** 0..1 */
  readonly confidence: number
  /** A limit of `targetPrice` (USDC per share) for `sizeHint` shares: the first order as people and the original read it. */
  readonly targetPrice: number
  readonly sizeHint: number
  /** One readable sentence with the numbers that mattered. */
  readonly rationale: string
  /** All orders that the signal asks for, primary first. They trade together, or none does. */
  readonly legs: ReadonlyArray<OrderIntent>
  readonly style: ExecutionStyle
  /** For how long its orders rest, seconds; absent: the default. An aggressive signal's do not rest. */
  readonly timeToLiveSec?: number
  /** Numbers behind the signal, for people and for the original's readers; no order is read from it. */
  readonly payload: JsonObject
}

/** What a strategy wants. */
export interface NewSignal extends SignalContent {
  /** It trades together with the other such signals of its strategy, event and moment, or none of them does. */
  readonly basket: boolean
}

export interface Signal extends SignalContent {
  readonly id: SignalId
  /** The package that it shares with other signals; null: it is a package of its own. */
  readonly packageId: PackageId | null
  readonly status: SignalStatus
  readonly createdAtUs: EpochMicros
  /** Why it was given up without an order, or that it was claimed so that orders can be sent; absent otherwise. */
  readonly reason?: string
}

/** The package that a signal belongs to when it is made at `createdAtUs`; null: one of its own. */
export const packageIdOf = (
  { basket, eventId, strategy }: Pick<NewSignal, "basket" | "eventId" | "strategy">,
  createdAtUs: EpochMicros
): PackageId | null => (basket ? basketPackageId(strategy, eventId, createdAtUs) : null)

/** The signal as it is once it has an id and a time. */
export const madeSignal = (signal: NewSignal, id: number, createdAtUs: EpochMicros): Signal => ({
  id,
  strategy: signal.strategy,
  marketId: signal.marketId,
  eventId: signal.eventId,
  side: signal.side,
  score: signal.score,
  confidence: signal.confidence,
  targetPrice: signal.targetPrice,
  sizeHint: signal.sizeHint,
  rationale: signal.rationale,
  legs: signal.legs,
  style: signal.style,
  ...(signal.timeToLiveSec === undefined ? {} : { timeToLiveSec: signal.timeToLiveSec }),
  payload: signal.payload,
  packageId: packageIdOf(signal, createdAtUs),
  status: "new",
  createdAtUs
})
