import { type Order } from "./Order.ts"
import { type Position } from "./Position.ts"
import { type EpochMicros } from "./time.ts"
import { type Micros } from "./units.ts"

/** What is held, what rests, and what the circuit breaker remembers: all that decides the next order. */
export interface Portfolio {
  readonly positions: ReadonlyArray<Position>
  /** Oldest first. */
  readonly working: ReadonlyArray<Order>
  /** Realized PnL of the current UTC day, micro-USDC. */
  readonly realizedToday: Micros
  /** Breaker-counting rejections and accepted orders, oldest first, as far back as they can matter. */
  readonly decisions: ReadonlyArray<{ readonly atUs: EpochMicros; readonly rejected: boolean }>
}

export const emptyPortfolio: Portfolio = { positions: [], working: [], realizedToday: 0, decisions: [] }
