import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type InputError, type StoreError, type VenueUnavailable } from "../domain/errors.ts"
import { type JsonObject } from "../domain/json.ts"
import { MarketsEncoder } from "../domain/marketsBody.ts"
import { reasonText, type Rejection } from "../domain/rejection.ts"
import { type EpochMicros } from "../domain/time.ts"
import { cycleSchedule, stopGrace } from "../policy/run.ts"
import { Journal } from "../ports/Journal.ts"
import { MarketFeed } from "../ports/MarketFeed.ts"
import { RiskGuard } from "../ports/RiskGuard.ts"
import { type Strategy, StrategyRegistry } from "../ports/StrategyRegistry.ts"
import { TradeRecorder } from "../ports/TradeRecorder.ts"
import { VenueSync } from "../ports/VenueSync.ts"
import { marketsEntry, stateEntry } from "./journalEntries.ts"
import { loadPortfolio } from "./loadTradingState.ts"
import { nowUs } from "./now.ts"
import { processEvents } from "./processEvents.ts"
import { addCounts, type CycleReport, emptyCycle, type ProgramOptions, type ProgramServices } from "./program.ts"
import { type Routing } from "./routeBundle.ts"
import { type Hurry, unlessHurried } from "./sendOrder.ts"
import { selectStrategies } from "./selectStrategies.ts"
import { tradeSignals } from "./tradeSignals.ts"
import { TradingState } from "./TradingState.ts"

/** What the whole run did. */
export interface RunReport extends CycleReport {
  readonly cycles: number
  readonly startedAtUs: EpochMicros
  readonly endedAtUs: EpochMicros
  /** It was asked to stop; false: the feed came to its end. */
  readonly stopped: boolean
}

/** Reads the portfolio anew when it is the first time or somebody else wrote to the database. */
const refreshState = (state: TradingState, cycle: number, atUs: EpochMicros, cooldownUs: EpochMicros) =>
  Effect.gen(function* () {
    const recorder = yield* TradeRecorder
    const changed = yield* recorder.changedOutside
    if (!changed && cycle > 1) return
    const portfolio = yield* loadPortfolio(state.limits, atUs, cooldownUs)
    const journal = yield* Journal
    yield* journal.append(() => [stateEntry(atUs, cycle, portfolio)])
    state.restore(portfolio, atUs)
  })

/** Own orders as the venue has them, before anything new is sent; gives why they could not be seen, or null. */
const lookAtOwnOrders = Effect.flatMap(VenueSync, ({ sync }) =>
  sync.pipe(
    Effect.as(null),
    Effect.catchTag("VenueUnavailable", ({ message }) =>
      Effect.succeed<Rejection>({ code: "own orders cannot be seen", by: "gate", detail: message })
    )
  )
)

const look = Effect.gen(function* () {
  const { poll } = yield* MarketFeed
  return { poll: yield* poll, blind: reasonText(yield* lookAtOwnOrders) }
})

/**
 * One look at the world: what came is taken in, event by event; then the strategies are asked, if anything came. null: it
 * was hurried before the look was done, and nothing happened.
 */
const runCycle = (
  state: TradingState,
  strategies: ReadonlyArray<Strategy>,
  encoder: MarketsEncoder,
  options: ProgramOptions,
  cycle: number,
  hurry: Hurry
): Effect.Effect<CycleReport | null, StoreError | InputError | VenueUnavailable, ProgramServices | Routing> =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const looked = yield* unlessHurried(look, hurry)
    if (Option.isNone(looked)) return null
    const { blind, poll } = looked.value
    const { ended, events, problems } = poll
    const atUs = yield* nowUs
    yield* journal.append(() => [marketsEntry(atUs, encoder, poll)])
    yield* refreshState(state, cycle, atUs, options.cooldownUs)
    const report = emptyCycle(atUs, events.length, blind === "" ? problems : [...problems, blind], ended)
    yield* processEvents(state, events, options, report)
    state.advance(atUs)
    if (blind !== "") report.stoppedBy = blind
    else if (events.length > 0) yield* tradeSignals(state, strategies, options, report, hurry)
    if (options.onCycle !== undefined) yield* options.onCycle(report, state)
    return report
  })

const add = (run: CycleReport, cycle: CycleReport): CycleReport => ({
  ...cycle,
  ...addCounts(run, cycle),
  stoppedBy: cycle.stoppedBy ?? run.stoppedBy
})

/** Done a moment after it was asked to stop. */
const hurryAfter = (stop: ProgramOptions["stop"]): Effect.Effect<Hurry, never, Scope.Scope> =>
  Effect.gen(function* () {
    if (stop === null) return null
    const hurry = yield* Deferred.make<void>()
    const late = Effect.delay(Deferred.succeed(hurry, undefined), stopGrace)
    yield* Effect.forkScoped(Effect.zipRight(Deferred.await(stop), late))
    return hurry
  })

/** What the journal says at the start of a session: enough to run the same program again. */
const sessionBody = (options: ProgramOptions, strategies: ReadonlyArray<Strategy>): JsonObject => ({
  ...options.settings,
  mode: options.mode,
  confirmed: options.confirmed,
  strategies: strategies.map(({ id }) => id),
  interval_ms: options.intervalMs,
  max_signals: options.maxSignals,
  cooldown_us: options.cooldownUs
})

/**
 * The trading program: look at the market, take in what came, ask the strategies, route what they want through gates,
 * risk and the venue, wait, again. It needs ports only; whether time is real, where data comes from, where orders go and
 * what is kept is decided by the Layers of a mode (app/modes.ts), and by nothing in here.
 */
export const tradingProgram = (
  options: ProgramOptions
): Effect.Effect<RunReport, StoreError | InputError | VenueUnavailable, ProgramServices | Routing> =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const { limits } = yield* RiskGuard
    const strategies = yield* selectStrategies(yield* StrategyRegistry, options.strategies, "--strategies")
    const startedAtUs = yield* nowUs
    yield* journal.append(() => [{ kind: "session", atUs: startedAtUs, body: sessionBody(options, strategies) }])
    const state = new TradingState(limits)
    options.observer?.onStart(state)
    const encoder = new MarketsEncoder()
    const schedule = yield* Schedule.driver(cycleSchedule(options.intervalMs))
    const { stop } = options
    const stopped = stop === null ? Effect.succeed(false) : Deferred.isDone(stop)
    const pause = Effect.orDie(schedule.next(undefined))
    const hurry = yield* hurryAfter(stop)
    let cycles = 0
    let total = emptyCycle(startedAtUs, 0, [], false)
    do {
      const done = yield* runCycle(state, strategies, encoder, options, cycles + 1, hurry)
      if (done === null) break
      cycles += 1
      total = add(total, done)
      if (total.ended || (yield* stopped)) break
      // Stopping cuts the wait between two cycles short; a cycle only where it waits for somebody who does not answer.
      yield* stop === null ? pause : Effect.raceFirst(pause, Deferred.await(stop))
    } while (!(yield* stopped))
    const endedAtUs = yield* nowUs
    yield* journal.append(() => [{ kind: "end", atUs: endedAtUs, body: { cycles } }])
    return { ...total, cycles, startedAtUs, endedAtUs, stopped: yield* stopped }
  }).pipe(Effect.scoped)
