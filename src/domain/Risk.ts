import { type RiskRejection } from "./rejection.ts"
import { type EpochMicros } from "./time.ts"
import { type Micros } from "./units.ts"

/** Money in micro-USDC, prices in micro-USDC per share, times in microseconds. `null`: the limit is off. */
export interface RiskLimits {
  readonly maxDailyLoss: Micros
  readonly maxStrategyNotional: Micros
  readonly maxEventNotional: Micros
  /** Rejections in a row within the window that open the breaker. */
  readonly circuitBreakerRejections: number
  readonly circuitBreakerWindowUs: EpochMicros
  readonly circuitBreakerCooldownUs: EpochMicros
  readonly maxOrderNotional: Micros | null
  readonly maxOpenOrders: number | null
  /** Greatest distance of the limit price from the mid. */
  readonly priceCollar: Micros | null
  /** No order on data older than this. */
  readonly maxQuoteAgeUs: EpochMicros | null
  /** Greatest notional over all positions that resolve on one UTC day. */
  readonly maxResolutionDateNotional: Micros | null
  /** Greatest loss of the whole book over the joint outcomes of its events. */
  readonly maxScenarioLoss: Micros | null
  /** The same for one event. */
  readonly maxEventScenarioLoss: Micros | null
}

/** Everything a decision looked at, so that the ledger can print it. */
export interface RiskDecision {
  readonly allowed: boolean
  /** null when and only when it is allowed. */
  readonly reason: RiskRejection | null
  readonly notional: Micros
  readonly realizedBefore: Micros
  readonly strategyNotionalBefore: Micros
  readonly eventNotionalBefore: Micros
  readonly rejectionsBefore: number
}
