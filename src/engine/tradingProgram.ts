import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { type InputError, type StoreError, type VenueUnavailable } from "../domain/errors.ts"
import { type JsonObject } from "../domain/json.ts"
import { MarketsEncoder } from "../domain/marketsBody.ts"
import { type EpochMicros } from "../domain/time.ts"
import { cycleSchedule } from "../policy/run.ts"
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
    Effect.catchTag("VenueUnavailable", ({ message }) => Effect.succeed(`own orders cannot be seen: ${message}`))
  )
)

/** One look at the world: what came is taken in, event by event; then the strategies are asked, if anything came. */
const runCycle = (
  state: TradingState,
  strategies: ReadonlyArray<Strategy>,
  encoder: MarketsEncoder,
  options: ProgramOptions,
  cycle: number
): Effect.Effect<CycleReport, StoreError | InputError | VenueUnavailable, ProgramServices | Routing> =>
  Effect.gen(function* () {
    const feed = yield* MarketFeed
    const journal = yield* Journal
    const poll = yield* feed.poll
    const { ended, events, problems } = poll
    const blind = yield* lookAtOwnOrders
    const atUs = yield* nowUs
    yield* journal.append(() => [marketsEntry(atUs, encoder, poll)])
    yield* refreshState(state, cycle, atUs, options.cooldownUs)
    const report = emptyCycle(atUs, events.length, blind === null ? problems : [...problems, blind], ended)
    yield* processEvents(state, events, options, report)
    state.advance(atUs)
    if (blind !== null) report.stoppedBy = blind
    else if (events.length > 0) yield* tradeSignals(state, strategies, options, report)
    if (options.onCycle !== undefined) yield* options.onCycle(report, state)
    return report
  })

const add = (run: CycleReport, cycle: CycleReport): CycleReport => ({
  ...cycle,
  ...addCounts(run, cycle),
  stoppedBy: cycle.stoppedBy ?? run.stoppedBy
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
    let cycles = 0
    let total = emptyCycle(startedAtUs, 0, [], false)
    do {
      cycles += 1
      total = add(total, yield* runCycle(state, strategies, encoder, options, cycles))
      if (total.ended || (yield* stopped)) break
      // Stopping cuts the wait between two cycles short, never a cycle.
      yield* stop === null ? pause : Effect.raceFirst(pause, Deferred.await(stop))
    } while (!(yield* stopped))
    const endedAtUs = yield* nowUs
    yield* journal.append(() => [{ kind: "end", atUs: endedAtUs, body: { cycles } }])
    return { ...total, cycles, startedAtUs, endedAtUs, stopped: yield* stopped }
  })
