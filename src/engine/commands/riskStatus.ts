import * as Effect from "effect/Effect"
import { type InputError, type StoreError } from "../../domain/errors.ts"
import { type EventId, type StrategyId } from "../../domain/ids.ts"
import { type RiskLimits } from "../../domain/Risk.ts"
import { type BreakerPhase } from "../../domain/RiskVerdict.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type Usdc } from "../../domain/units.ts"
import { type MarketRepo } from "../../ports/MarketRepo.ts"
import { openStored, type Routing } from "../session/runPackages.ts"

/** Where the account stands against its limits. Money in micro-USDC. */
export interface RiskStatus {
  readonly atUs: EpochMicros
  readonly limits: RiskLimits
  /** Of the current UTC day. */
  readonly realizedToday: Usdc
  /** Positions at cost plus what still rests, by name. */
  readonly strategies: ReadonlyArray<{ readonly strategy: StrategyId; readonly notional: Usdc }>
  readonly events: ReadonlyArray<{
    readonly eventId: EventId
    readonly notional: Usdc
    /** In the event's worst joint outcome; negative: even that one gains. null: no scenario limit is set. */
    readonly worstLoss: Usdc | null
  }>
  /** The same of the whole book. */
  readonly worstLoss: Usdc | null
  readonly openOrders: number
  readonly breaker: {
    readonly phase: BreakerPhase
    readonly rejections: number
    /** When an open breaker will let one order through as a probe; null when it is closed. */
    readonly probeAtUs: EpochMicros | null
  }
}

const greatestFirst = (sums: ReadonlyMap<string, Usdc>): ReadonlyArray<readonly [string, Usdc]> =>
  [...sums].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))

/** The limits, what counts against them now, and the breaker, as they will be applied to the next order. */
export const riskStatus: Effect.Effect<RiskStatus, StoreError | InputError, MarketRepo | Routing> = Effect.gen(
  function* () {
    const { state } = (yield* openStored("paper", [], false)).session
    const { exposure } = state
    const { byEvent, byStrategy } = state.notionals()
    const worst = state.worstLoss()
    return {
      atUs: state.nowUs,
      limits: state.settings.limits,
      realizedToday: exposure.realized,
      strategies: greatestFirst(byStrategy).map(([strategy, notional]) => ({ strategy, notional })),
      events: greatestFirst(byEvent).map(([eventId, notional]) => ({
        eventId,
        notional,
        worstLoss: worst?.ofEvent(eventId) ?? null
      })),
      worstLoss: worst?.book ?? null,
      openOrders: exposure.openOrders,
      breaker: {
        phase: exposure.breaker,
        rejections: exposure.rejections,
        probeAtUs: exposure.breaker === "closed" ? null : state.breaker.openUntilUs
      }
    }
  }
).pipe(Effect.scoped)
