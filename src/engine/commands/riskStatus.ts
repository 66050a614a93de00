import * as Effect from "effect/Effect"
import { type InputError, type StoreError } from "../../domain/errors.ts"
import { type EventId, type StrategyId } from "../../domain/ids.ts"
import { type Freshness } from "../../domain/Freshness.ts"
import { type RiskLimits } from "../../domain/Risk.ts"
import { type BreakerPhase } from "../../domain/RiskVerdict.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type Usdc, usdc } from "../../domain/units.ts"
import { DrawdownRepo } from "../../ports/DrawdownRepo.ts"
import { type MarketRepo } from "../../ports/MarketRepo.ts"
import { equityOf } from "../DrawdownWatch.ts"
import { type EngineState } from "../EngineState.ts"
import { openStored, type Routing } from "../session/runPackages.ts"

/** Where the account stands against its limits. Money in micro-USDC. */
export interface RiskStatus {
  readonly atUs: EpochMicros
  readonly limits: RiskLimits
  readonly freshness: Freshness
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
  /** What of the bankroll is in use, and what is free; null: none is configured. */
  readonly bankroll: { readonly used: Usdc; readonly free: Usdc } | null
  /** Positions at cost plus what still rests; null: there is no limit on the total. */
  readonly totalNotional: Usdc | null
  /** Where equity stands against the drawdown stop; null: no stop is set. */
  readonly drawdown: { readonly equity: Usdc; readonly peak: Usdc; readonly fall: Usdc } | null
  /** When the drawdown stop was last reset; null: never. */
  readonly drawdownResetUs: EpochMicros | null
  readonly breaker: {
    readonly phase: BreakerPhase
    readonly rejections: number
    /** When an open breaker will let one order through as a probe; null when it is closed. */
    readonly probeAtUs: EpochMicros | null
  }
}

const greatestFirst = (sums: ReadonlyMap<string, Usdc>): ReadonlyArray<readonly [string, Usdc]> =>
  [...sums].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))

const bankrollOf = ({ exposure, settings }: EngineState): RiskStatus["bankroll"] => {
  const { buyingPower } = settings.limits
  const used = exposure.bankroll?.used() ?? null
  return used === null || buyingPower === null ? null : { used, free: usdc(buyingPower - used) }
}

const drawdownOf = ({ account, exposure }: EngineState): RiskStatus["drawdown"] => {
  const { drawdown: fall } = exposure
  if (fall === null) return null
  const equity = equityOf(account)
  return { equity, peak: usdc(equity + fall), fall }
}

/** The limits, what counts against them now, and the breaker, as they will be applied to the next order. */
export const riskStatus: Effect.Effect<RiskStatus, StoreError | InputError, MarketRepo | DrawdownRepo | Routing> =
  Effect.gen(function* () {
    const { state } = (yield* openStored("paper", [], false)).session
    const { exposure } = state
    const { byEvent, byStrategy } = state.notionals()
    const worst = state.worstLoss()
    return {
      atUs: state.nowUs,
      limits: state.settings.limits,
      freshness: state.settings.freshness,
      realizedToday: exposure.realized,
      strategies: greatestFirst(byStrategy).map(([strategy, notional]) => ({ strategy, notional })),
      events: greatestFirst(byEvent).map(([eventId, notional]) => ({
        eventId,
        notional,
        worstLoss: worst?.ofEvent(eventId) ?? null
      })),
      worstLoss: worst?.book ?? null,
      openOrders: exposure.openOrders,
      bankroll: bankrollOf(state),
      totalNotional: exposure.totalNotional?.() ?? null,
      drawdown: drawdownOf(state),
      drawdownResetUs: (yield* (yield* DrawdownRepo).read).resetUs,
      breaker: {
        phase: exposure.breaker,
        rejections: exposure.rejections,
        probeAtUs: exposure.breaker === "closed" ? null : state.breaker.openUntilUs
      }
    }
  }).pipe(Effect.scoped)
