import { type MarketId, type Side, type StrategyId } from "./ids.ts"

/** One side of a market that a strategy wanted to trade. */
export interface Attempt {
  readonly strategy: StrategyId
  readonly marketId: MarketId
  readonly side: Side
}

/** One text for each side of a market that a strategy may want. */
export const attemptKey = ({ marketId, side, strategy }: Attempt): string => `${strategy}\u0000${marketId}\u0000${side}`
