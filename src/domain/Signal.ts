import { type EventId, type MarketId, type Side, type StrategyId } from "./ids.ts"
import { type JsonObject } from "./json.ts"
import { type EpochMicros } from "./time.ts"

export type SignalStatus = "new" | "executed" | "rejected"

/** What a strategy wants: a limit of `targetPrice` (USDC per share) for `sizeHint` shares. Natural units. */
export interface NewSignal {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly side: Side
  readonly score: number
  /** 0..1 */
  readonly confidence: number
  readonly targetPrice: number
  readonly sizeHint: number
  /** One readable sentence with the numbers that mattered. */
  readonly rationale: string
  readonly payload: JsonObject
}

export interface Signal extends NewSignal {
  readonly id: number
  readonly status: SignalStatus
  readonly createdAtUs: EpochMicros
  /** Why it was given up without an order, or that it was claimed so that orders can be sent; absent otherwise. */
  readonly reason?: string
}
