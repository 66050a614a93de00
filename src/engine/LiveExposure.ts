import { maxQuoteAge } from "../domain/Freshness.ts"
import { type EventId, type MarketId, type StrategyId } from "../domain/ids.ts"
import { type BankrollUse, type BreakerPhase, type Exposure } from "../domain/RiskVerdict.ts"
import { type Usdc, usdc } from "../domain/units.ts"
import { type Account } from "../core/account/account.ts"
import { type OrderRequest } from "../domain/Order.ts"
import { type EpochMicros } from "../domain/time.ts"
import { breakerPhase, type BreakerState, recentRejections } from "../risk/breaker.ts"
import { type EngineSettings } from "./EngineSettings.ts"

/** The part of the engine's state that risk looks at. */
export interface ExposedState {
  readonly settings: EngineSettings
  readonly nowUs: EpochMicros
  readonly breaker: BreakerState
  readonly account: Account
  readonly working: ReadonlyMap<number, unknown>
  readonly scenario: { readonly preview: NonNullable<Exposure["scenario"]> } | null
  /** Realized PnL of the current UTC day, micro-USDC. */
  readonly realizedToday: Usdc
  /** Whether no order rests and no package is on its way. */
  readonly reservesNothing: boolean
  /** What resting orders and the unended legs of open packages may still cost. */
  readonly reservedNotional: (counts: (order: Pick<OrderRequest, "strategy" | "eventId">) => boolean) => Usdc
  readonly notionalOfDay: (day: number) => Usdc
  readonly notionalOfMarket: (marketId: MarketId) => Usdc
  readonly totalNotional: () => Usdc
  readonly bankrollUse: BankrollUse
  /** How far equity has fallen since its peak. */
  readonly drawdown: () => Usdc
  readonly board: { readonly disputed: (marketId: MarketId) => boolean }
}

/** What risk looks at. It reads the state at the moment it is asked, so one object serves every decision. */
export class LiveExposure implements Exposure {
  readonly maxQuoteAge: Exposure["maxQuoteAge"]
  private readonly state: ExposedState

  constructor(state: ExposedState) {
    this.state = state
    const { limit, setting } = state.settings.freshness
    this.maxQuoteAge = setting === null ? null : (source) => maxQuoteAge(limit, source)
  }

  get realized(): Usdc {
    return this.state.realizedToday
  }

  get openOrders(): number {
    return this.state.working.size
  }

  get breaker(): BreakerPhase {
    const { breaker, nowUs, settings } = this.state
    return breakerPhase(breaker, nowUs, settings.limits)
  }

  get rejections(): number {
    const { breaker, nowUs, settings } = this.state
    return recentRejections(breaker, nowUs, settings.limits)
  }

  get scenario(): Exposure["scenario"] {
    return this.state.scenario?.preview ?? null
  }

  get resolutionDayNotional(): Exposure["resolutionDayNotional"] {
    const { state } = this
    return state.settings.limits.maxResolutionDateNotional === null ? null : (day) => state.notionalOfDay(day)
  }

  get marketNotional(): Exposure["marketNotional"] {
    const { state } = this
    return state.settings.limits.maxMarketNotional === null ? null : state.notionalOfMarket
  }

  get totalNotional(): Exposure["totalNotional"] {
    const { state } = this
    return state.settings.limits.maxTotalNotional === null ? null : state.totalNotional
  }

  get bankroll(): BankrollUse | null {
    const { state } = this
    return state.settings.limits.buyingPower === null ? null : state.bankrollUse
  }

  get drawdown(): Usdc | null {
    const { state } = this
    return state.settings.limits.maxDrawdown === null ? null : state.drawdown()
  }

  readonly disputed = (marketId: MarketId): boolean => this.state.board.disputed(marketId)

  readonly strategyNotional = (strategy: StrategyId): Usdc => {
    const { state } = this
    const held = state.account.byStrategy.get(strategy)?.notional ?? usdc(0)
    return state.reservesNothing ? held : usdc(held + state.reservedNotional((order) => order.strategy === strategy))
  }

  readonly eventNotional = (eventId: EventId): Usdc => {
    const { state } = this
    const held = state.account.eventNotional.get(eventId) ?? usdc(0)
    return state.reservesNothing ? held : usdc(held + state.reservedNotional((order) => order.eventId === eventId))
  }
}
