import { type MarketId, type Side, type StrategyId } from "./ids.ts"

/** One side of a market that a strategy wanted to trade. */
export interface Attempt {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly side: Side
}
