import { type EventId, type MarketId, type StrategyId, type Token } from "./ids.ts"
import { type Shares, type Usdc } from "./units.ts"

/**
 * What one strategy holds of one token: a fold of its fills. Quantities in micro-shares, money in micro-USDC.
 * `cost` is what the held quantity was bought for (negative for a short), so the average price is cost / qty.
 */
export interface Position {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly eventId: EventId
  readonly token: Token
  readonly qty: Shares
  readonly cost: Usdc
  /** Closed profit, fees taken off. */
  readonly realized: Usdc
}
