import * as Effect from "effect/Effect"
import { type StoreError } from "../domain/errors.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Portfolio } from "../domain/Portfolio.ts"
import { type RiskLimits } from "../domain/Risk.ts"
import { type EpochMicros, MICROS_PER_DAY, utcDay } from "../domain/time.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { RiskGuard } from "../ports/RiskGuard.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"
import { breakerMemoryUs, isSettled } from "../risk/breaker.ts"
import { nowUs } from "./now.ts"
import { TradingState } from "./TradingState.ts"

/** The breaker's past; read further back until what lies before cannot matter any more. */
const breakerPast = (limits: RiskLimits, atUs: EpochMicros) =>
  Effect.gen(function* () {
    const recorder = yield* TradeRecorder
    for (let memoryUs = breakerMemoryUs(limits); ; memoryUs *= 2) {
      const sinceUs = atUs - memoryUs
      const decisions = yield* recorder.decisionsSince(sinceUs)
      if (sinceUs <= 0 || isSettled(decisions, sinceUs, atUs, limits)) return decisions
    }
  })

/** The portfolio as it is stored now, with the wishes tried within `cooldownUs`. */
export const loadPortfolio = (
  limits: RiskLimits,
  atUs: EpochMicros,
  cooldownUs: EpochMicros
): Effect.Effect<Portfolio, StoreError, TradeRecorder> =>
  Effect.gen(function* () {
    const recorder = yield* TradeRecorder
    const positions = yield* recorder.positions
    const working = yield* recorder.working
    const realizedToday = yield* recorder.realizedSince(utcDay(atUs) * MICROS_PER_DAY)
    const tried = cooldownUs === 0 ? [] : yield* recorder.triedSince(atUs - cooldownUs)
    return { positions, working, realizedToday, decisions: yield* breakerPast(limits, atUs), tried }
  })

/** The stored portfolio as of now, with the given markets and those in which something is held or rests. */
export const loadTradingState = (
  marketIds: ReadonlyArray<MarketId>
): Effect.Effect<TradingState, StoreError, MarketRepo | RiskGuard | TradeRecorder> =>
  Effect.gen(function* () {
    const { limits } = yield* RiskGuard
    const markets = yield* MarketRepo
    const atUs = yield* nowUs
    const portfolio = yield* loadPortfolio(limits, atUs, 0)
    const held = portfolio.positions.flatMap(({ marketId, qty }) => (qty === 0 ? [] : [marketId]))
    const resting = portfolio.working.map(({ marketId }) => marketId)
    const state = new TradingState(limits)
    const known = yield* markets.findAll([...new Set([...marketIds, ...held, ...resting])])
    for (const market of known.values()) state.observe(market)
    state.restore(portfolio, atUs)
    return state
  })

/** Reads the portfolio, lets `use` decide and trade on it, and lets nobody else of this process in between. */
export const withTradingState = <A, E, R>(
  marketIds: ReadonlyArray<MarketId>,
  use: (state: TradingState) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | StoreError, R | MarketRepo | RiskGuard | TradeRecorder> =>
  Effect.flatMap(TradeRecorder, ({ exclusively }) => exclusively(Effect.flatMap(loadTradingState(marketIds), use)))
