import { type Attempt } from "./Attempt.ts"
import { type MarketId, type Side, type Token } from "./ids.ts"
import { type Order } from "./Order.ts"
import { type Position } from "./Position.ts"
import { type EpochMicros } from "./time.ts"
import { type Shares, type Usdc, usdc } from "./units.ts"

export interface TriedAttempt extends Attempt {
  readonly atUs: EpochMicros
}

/** What a fill took from the displayed size of its market. */
export interface TakingFill {
  readonly marketId: MarketId
  readonly token: Token
  readonly side: Side
  readonly qty: Shares
  readonly atUs: EpochMicros
}

/** What is held, what rests, and what the circuit breaker remembers: all that decides the next order. */
export interface Portfolio {
  readonly positions: ReadonlyArray<Position>
  /** Oldest first. */
  readonly working: ReadonlyArray<Order>
  /** Realized PnL of the current UTC day, micro-USDC. */
  readonly realizedToday: Usdc
  /** Breaker-counting rejections and accepted orders, oldest first, as far back as they can matter. */
  readonly decisions: ReadonlyArray<{ readonly atUs: EpochMicros; readonly rejected: boolean }>
  /** When a strategy last tried to trade one side of a market, as far back as its cooldown reaches. */
  readonly tried: ReadonlyArray<TriedAttempt>
  /** Highest equity since the drawdown stop was last reset, micro-USDC; null: not looked at since, or no stop is set. */
  readonly peak: Usdc | null
  /** Fills on the simulated venue since the newest snapshot of their market. */
  readonly taken: ReadonlyArray<TakingFill>
}

export const emptyPortfolio: Portfolio = {
  positions: [],
  working: [],
  realizedToday: usdc(0),
  decisions: [],
  tried: [],
  peak: usdc(0),
  taken: []
}
