import { type RiskRejection } from "./rejection.ts"
import { type EpochMicros } from "./time.ts"
import { type Price, type Usdc } from "./units.ts"

/** Money in micro-USDC, prices in micro-USDC per share, times in microseconds. `null`: the limit is off. */
export interface RiskLimits {
  readonly maxDailyLoss: Usdc
  readonly maxStrategyNotional: Usdc
  readonly maxEventNotional: Usdc
  /** Rejections in a row within the window that open the breaker. */
  readonly circuitBreakerRejections: number
  readonly circuitBreakerWindowUs: EpochMicros
  readonly circuitBreakerCooldownUs: EpochMicros
  readonly maxOrderNotional: Usdc | null
  readonly maxOpenOrders: number | null
  /** Greatest distance of the limit price from the mid. */
  readonly priceCollar: Price | null
  /** Greatest notional over all positions that resolve on one UTC day. */
  readonly maxResolutionDateNotional: Usdc | null
  /** Greatest loss of the whole book over the joint outcomes of its events. */
  readonly maxScenarioLoss: Usdc | null
  /** The same for one event. */
  readonly maxEventScenarioLoss: Usdc | null
  /** The bankroll: what may be spent on open positions and on what can still fill, with what was realized so far. */
  readonly buyingPower: Usdc | null
  /** Greatest notional in one market, over all strategies. */
  readonly maxMarketNotional: Usdc | null
  /** Greatest notional of everything that is held or can still fill. */
  readonly maxTotalNotional: Usdc | null
  /** Greatest fall of equity (realized, and unrealized at marks) since its peak, at which nothing is opened any more. */
  readonly maxDrawdown: Usdc | null
  /** Positions may be opened in a market whose resolution is disputed. */
  readonly allowDisputed: boolean
}

/** Everything a decision looked at, so that the ledger can print it. */
export interface RiskDecision {
  readonly allowed: boolean
  /** null when and only when it is allowed. */
  readonly reason: RiskRejection | null
  readonly notional: Usdc
  readonly realizedBefore: Usdc
  readonly strategyNotionalBefore: Usdc
  readonly eventNotionalBefore: Usdc
  readonly rejectionsBefore: number
}
