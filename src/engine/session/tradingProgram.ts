import type * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { AppConfig } from "../../config/AppConfig.ts"
import { freshnessOf } from "../../core/freshness.ts"
import { type InputError, type StoreError } from "../../domain/errors.ts"
import { type EngineEvent, type LookEvent } from "../../domain/EngineEvent.ts"
import { type Freshness, freshnessJson } from "../../domain/Freshness.ts"
import { type JsonObject } from "../../domain/json.ts"
import { type OrderPackage } from "../../domain/OrderPackage.ts"
import { ordersUnseen, rejectionText } from "../../domain/rejection.ts"
import { type Order } from "../../domain/Order.ts"
import { type EpochMicros, MICROS_PER_MS } from "../../domain/time.ts"
import { inputBuffer, stopGrace } from "../../policy/run.ts"
import { Executors, OrderMode } from "../../ports/Executor.ts"
import { Feed, type FeedBatch } from "../../ports/Feed.ts"
import { Journal } from "../../ports/Journal.ts"
import { type LiveOrderChange } from "../../ports/LiveOrderRepo.ts"
import { type Strategy, StrategyRegistry } from "../../ports/StrategyRegistry.ts"
import { VenueSync } from "../../ports/VenueSync.ts"
import { nowUs } from "../now.ts"
import { addCounts, type CycleReport, emptyCycle, type ProgramOptions, type ProgramServices } from "../program.ts"
import { selectStrategies } from "../selectStrategies.ts"
import { CycleCounter } from "./CycleCounter.ts"
import { JOURNAL_FORMAT } from "./journal/encode.ts"
import { type ExchangeReport, openSession, type Session } from "./openSession.ts"
import { answerOf } from "./sendOrder.ts"
import { engineSettings } from "./settings.ts"

/** What the whole run did. */
export interface RunReport extends CycleReport {
  readonly cycles: number
  readonly startedAtUs: EpochMicros
  readonly endedAtUs: EpochMicros
  /** It was asked to stop; false: the feed came to its end. */
  readonly stopped: boolean
}

/** What the venue shows of the own orders: what changed, or why that cannot be seen. */
interface OwnOrdersSeen {
  readonly changes: ReadonlyArray<LiveOrderChange>
  readonly problem: string | null
}

/** What the loop waits for. All of it comes through one queue, so nothing is lost when two inputs come at once. */
type Input =
  | { readonly kind: "batch"; readonly batch: FeedBatch }
  | { readonly kind: "feed ended" }
  | { readonly kind: "feed failed"; readonly cause: Cause.Cause<StoreError | InputError> }
  | { readonly kind: "reconciled"; readonly seen: OwnOrdersSeen }
  | { readonly kind: "report"; readonly answer: ExchangeReport }
  /** Something falls due by itself. */
  | { readonly kind: "due" }
  | { readonly kind: "stop" }

/** A run on its way; owned by its loop, changed in place. */
interface Run {
  readonly options: ProgramOptions
  readonly session: Session
  readonly counter: CycleCounter
  readonly queue: Queue.Queue<Input>
  cycles: number
  total: CycleReport
  /** The strategies were asked, and the cycle that this began is not reported yet. */
  scanned: boolean
  /** Why the own orders could not be seen at the last look; null: they could. */
  hidden: string | null
  /** The moment for which a wake-up is on its way. */
  armedUs: EpochMicros | null
  feedEnded: boolean
  /** How many looks at the own orders are on their way; the strategies are asked after each. */
  looking: number
  /** The last package that waited when the feed ended: strategies hear of events until it is begun. */
  lastWanted: OrderPackage | null
  /** The error with which the run ends, once the orders on their way are answered; null: there was none. */
  failure: Cause.Cause<RunError> | null
  stopping: boolean
}

type RunError = StoreError | InputError

/** Own orders as the venue has them. */
const reconcile = Effect.flatMap(VenueSync, ({ sync }) =>
  sync.pipe(
    Effect.map(({ changes }): OwnOrdersSeen => ({ changes, problem: null })),
    Effect.catchTag("VenueUnavailable", ({ message }) => Effect.succeed({ changes: [], problem: message }))
  )
)

/**
 * What an exchange did with resting orders of strategies that hear of their fills, or whose fills other orders follow, as
 * reports. It is stored already, and
 * the account is read anew afterwards. An order whose own answer is still waited for is left out: that answer reports
 * it.
 */
const reportsOf = ({ state, ownOrder }: Session, { changes }: OwnOrdersSeen, atUs: EpochMicros) =>
  changes.flatMap(({ added, after: { order } }): ReadonlyArray<EngineEvent> => {
    const orderId = ownOrder(order.id)
    const resting = state.working.get(orderId)
    const followed = (resting?.rest?.followers.length ?? 0) > 0
    if (resting === undefined || !(followed || state.subscribers?.find(order.strategy) !== undefined)) return []
    const { reason, status } = order
    const answer = answerOf({ status, reason, fills: added, countsAsRejection: false })
    return [{ kind: "report", atUs, orderId, report: { ...answer, tookUs: 0 } }]
  })

/** What the journal says at the start of a session: enough to run the same program again. */
const sessionBody = (
  mode: Order["mode"],
  options: ProgramOptions,
  freshness: Freshness,
  strategies: ReadonlyArray<Strategy>
): JsonObject => ({
  ...options.settings,
  format: JOURNAL_FORMAT,
  mode,
  confirmed: options.confirmed,
  strategies: strategies.map(({ id }) => id),
  interval_ms: options.intervalMs,
  max_signals: options.maxSignals,
  cooldown_us: options.cooldownUs,
  freshness: freshnessJson(freshness)
})

/**
 * Is done a moment after the program was asked to stop: from then on the answer to a single order is not waited for.
 */
const graceEnds = (stop: ProgramOptions["stop"]): Effect.Effect<Deferred.Deferred<void> | null, never, Scope.Scope> =>
  Effect.gen(function* () {
    if (stop === null) return null
    const ends = yield* Deferred.make<void>()
    const late = Effect.delay(Deferred.succeed(ends, undefined), stopGrace)
    yield* Effect.forkScoped(Effect.zipRight(Deferred.await(stop), late))
    return ends
  })

/** Reports a cycle. It ends when every package that its scan began has ended, or when the next scan is due. */
const endCycle = (run: Run): Effect.Effect<void> =>
  Effect.gen(function* () {
    run.scanned = false
    run.cycles += 1
    const report = run.counter.end(run.session.state.nowUs, run.feedEnded)
    run.total = {
      ...report,
      ...addCounts(run.total, report),
      stoppedBy: report.stoppedBy ?? run.total.stoppedBy
    }
    if (run.options.onCycle !== undefined) yield* run.options.onCycle(report, run.session.state)
  })

/** Takes over the venue's view, the portfolio and the switches as they are now, and then asks the strategies. */
const scanNow = (run: Run, seen: OwnOrdersSeen): Effect.Effect<void, RunError> =>
  Effect.gen(function* () {
    const { session } = run
    const { problem } = seen
    if (run.scanned) yield* endCycle(run)
    const atUs = yield* nowUs
    if (problem !== null) run.counter.see(0, [rejectionText(ordersUnseen(problem))])
    if (problem !== run.hidden) yield* session.push([{ kind: "venue", atUs, problem }])
    run.hidden = problem
    const reports = reportsOf(session, seen, atUs)
    if (reports.length > 0) yield* Effect.zipRight(session.refreshSwitches, session.push(reports))
    yield* session.refreshAccount(false)
    yield* session.refreshSwitches
    run.scanned = true
    yield* session.push([{ kind: "timer", atUs: yield* nowUs, id: { kind: "scan" } }])
  })

/** Whether data, a fill or a timer may bring orders between two scans: those have to pass the switches as they are then. */
const ordersByItself = ({ state }: Session): boolean => state.subscribers !== null || state.restsByTerms

/**
 * The looks of a batch as events. What a feed brings that asks no sources counts as an answer; rows that were stored
 * before do not.
 */
const looksOf = ({ events, looks, stored }: FeedBatch): ReadonlyArray<LookEvent> => {
  const [first] = events
  if (looks.length === 0 && first !== undefined && stored !== true) {
    return [{ kind: "look", atUs: first.atUs, seenUs: first.atUs, source: "", answered: true, confirmed: [] }]
  }
  return looks.map(({ answered, atUs, confirmed, source }) => ({
    ...{ kind: "look", atUs, seenUs: atUs },
    ...{ source, answered, confirmed }
  }))
}

const takeBatch = (run: Run, batch: FeedBatch) =>
  Effect.gen(function* () {
    const { counter, queue, session } = run
    if (run.stopping) return
    yield* session.refreshAccount(false)
    if (ordersByItself(session)) yield* session.refreshSwitches
    counter.see(batch.events.length, batch.problems)
    const looks = looksOf(batch)
    // Rows that were stored before come before what confirmed them.
    const events = batch.stored === true ? [...batch.events, ...looks] : [...looks, ...batch.events]
    if (events.length > 0 || batch.problems.length > 0) yield* session.push(events, batch.problems)
    // The exchange may be slow: what the feed brings meanwhile is taken in.
    if (batch.roundEnded) {
      run.looking += 1
      yield* Effect.forkScoped(
        Effect.matchCauseEffect(reconcile, {
          onSuccess: (seen) => Queue.offer(queue, { kind: "reconciled", seen }),
          onFailure: (cause) => Queue.offer(queue, { kind: "feed failed", cause })
        })
      )
    }
  })

const take = (run: Run, input: Input) =>
  Effect.gen(function* () {
    const { session } = run
    switch (input.kind) {
      case "batch":
        return yield* takeBatch(run, input.batch)
      case "reconciled":
        run.looking -= 1
        return run.stopping || run.failure !== null ? undefined : yield* scanNow(run, input.seen)
      case "report": {
        // The end of a package may begin the next one, which the switches have to let through; so may a fill.
        if (session.state.waiting.length > 0 || ordersByItself(session)) yield* session.refreshSwitches
        const { orderId, report } = input.answer
        return yield* session.push([{ kind: "report", atUs: yield* nowUs, orderId, report }])
      }
      case "due": {
        const dueUs = run.armedUs
        run.armedUs = null
        // An earlier wake-up for what was due later than something else: its moment has yet to come, and is waited for
        // anew. Otherwise the engine would be in the future.
        if (dueUs === null || dueUs > (yield* nowUs)) return
        if (ordersByItself(session)) yield* session.refreshSwitches
        return yield* session.reach(dueUs)
      }
      case "feed ended":
        run.feedEnded = true
        return
      case "feed failed":
        // A package that is half sent is worse than a run that ends late: what is on its way is brought to its end
        // first.
        run.failure ??= input.cause
        return yield* session.push([{ kind: "stop", atUs: yield* nowUs }])
      case "stop":
        run.stopping = true
        return yield* session.push([{ kind: "stop", atUs: yield* nowUs }])
    }
  })

/** Schedules a `due` input for the moment at which the next timer or simulated order falls due. */
const arm = (run: Run) =>
  Effect.gen(function* () {
    const dueUs = run.session.nextDueUs()
    if (dueUs === null || (run.armedUs !== null && run.armedUs <= dueUs)) return
    run.armedUs = dueUs
    // The wake-up is one microsecond late, so that what the feed brings at that very moment comes first.
    const waitMs = (Math.max(0, dueUs - (yield* nowUs)) + 1) / MICROS_PER_MS
    yield* Effect.forkScoped(Effect.delay(Queue.offer(run.queue, { kind: "due" }), Duration.millis(waitMs)))
  })

const isOver = ({ failure, feedEnded, looking, session, stopping }: Run): boolean =>
  (stopping || failure !== null || (feedEnded && looking === 0)) && !session.busy()

/**
 * When there is no more data, the packages that wait are begun, and after that strategies hear of no further event:
 * otherwise they could place order after order, and the session would never end.
 */
const stopListening = (run: Run) =>
  Effect.gen(function* () {
    const { feedEnded, looking, session } = run
    const { stopped, subscribers, waiting } = session.state
    if (!feedEnded || looking > 0 || subscribers === null || stopped) return
    run.lastWanted ??= waiting.at(-1) ?? null
    if (run.lastWanted !== null && waiting.includes(run.lastWanted)) return
    yield* session.push([{ kind: "stop", atUs: yield* nowUs }])
  })

const loop = (run: Run) =>
  Effect.gen(function* () {
    while (!isOver(run)) {
      yield* arm(run)
      yield* take(run, yield* Queue.take(run.queue))
      yield* stopListening(run)
      if (run.scanned && !run.session.busy()) yield* endCycle(run)
    }
    if (run.scanned) yield* endCycle(run)
    if (run.failure !== null) return yield* Effect.failCause(run.failure)
  })

/**
 * Runs the loop to its end and gives that moment. Everything that fell due until then has been taken in, also timers of
 * strategies, so a replay up to the same moment ends in the same state.
 */
const runToEnd = (run: Run) =>
  Effect.gen(function* () {
    for (;;) {
      yield* loop(run)
      const endedAtUs = yield* nowUs
      yield* run.session.reach(endedAtUs)
      if (!run.session.busy()) return endedAtUs
    }
  })

/** Market data, and the request to stop, as inputs of the loop. */
const forkInputs = (options: ProgramOptions, queue: Queue.Queue<Input>) =>
  Effect.gen(function* () {
    const { batches } = yield* Feed
    yield* Stream.runForEach(batches, (batch) => Queue.offer(queue, { kind: "batch", batch })).pipe(
      Effect.matchCauseEffect({
        onSuccess: () => Queue.offer(queue, { kind: "feed ended" }),
        onFailure: (cause) => Queue.offer(queue, { kind: "feed failed", cause })
      }),
      Effect.forkScoped
    )
    if (options.stop === null) return
    yield* Effect.forkScoped(Effect.zipRight(Deferred.await(options.stop), Queue.offer(queue, { kind: "stop" })))
  })

/**
 * The trading program: takes in what the feed brings, asks the strategies when a round of it has ended, routes what they
 * want through gates, risk and the venue, and goes on until it is asked to stop or its feed has ended. It needs ports
 * only; whether time is real, where data comes from, where orders go and what is kept is decided by the Layers of a mode
 * (app/modes.ts), and by nothing in here.
 */
export const tradingProgram = (options: ProgramOptions): Effect.Effect<RunReport, RunError, ProgramServices> =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const mode = yield* OrderMode
    const strategies = yield* selectStrategies(yield* StrategyRegistry, options.strategies, "--strategies")
    const startedAtUs = yield* nowUs
    const { risk } = yield* AppConfig
    const freshness =
      options.freshness ?? freshnessOf(risk.max_quote_age_sec, options.intervalMs * MICROS_PER_MS, new Map())
    const body = sessionBody(mode, options, freshness, strategies)
    yield* journal.append(() => [{ kind: "session", atUs: startedAtUs, body }])
    const executor = (yield* Executors)[mode]
    const queue = yield* Queue.bounded<Input>(inputBuffer)
    const counter = new CycleCounter()
    const session = yield* openSession({
      settings: yield* engineSettings({ ...options, mode, strategies, freshness, capabilities: executor.capabilities }),
      exchange: executor.exchange,
      stopped: yield* graceEnds(options.stop),
      observer: null,
      watch: options.observer ?? null,
      onFact: counter.take,
      recorded: (yield* Feed).recorded,
      keepsPeak: true,
      onReport: (answer) => Queue.offer(queue, { kind: "report", answer })
    })
    const run: Run = {
      options,
      session,
      counter,
      queue,
      cycles: 0,
      total: emptyCycle(startedAtUs, 0, [], false),
      scanned: false,
      hidden: null,
      armedUs: null,
      feedEnded: false,
      looking: 0,
      lastWanted: null,
      failure: null,
      stopping: false
    }
    yield* session.refreshAccount(true)
    // The account as it was found, before any order of this session.
    yield* session.endMoment
    yield* session.refreshSwitches
    yield* forkInputs(options, queue)
    const endedAtUs = yield* runToEnd(run)
    yield* session.endMoment
    yield* journal.append(() => [{ kind: "end", atUs: endedAtUs, body: { cycles: run.cycles } }])
    return { ...run.total, cycles: run.cycles, startedAtUs, endedAtUs, stopped: run.stopping }
  }).pipe(Effect.scoped)
