import type * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { packageAlarmText } from "../../core/packages/alarm.ts"
import { type CancelCommand, type SubmitCommand, type VenueCommand } from "../../domain/Command.ts"
import { type InputError, type StoreError } from "../../domain/errors.ts"
import { type ClientOrderId, type EngineEvent, type OrderReport } from "../../domain/EngineEvent.ts"
import { type Fact } from "../../domain/Fact.ts"
import { type JournalEntry } from "../../domain/Journal.ts"
import { takenByAnother } from "../../domain/rejection.ts"
import { type SwitchState } from "../../domain/Switches.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { type Usdc } from "../../domain/units.ts"
import { type Exchange } from "../../ports/Executor.ts"
import { Journal } from "../../ports/Journal.ts"
import { TradeRecorder } from "../../ports/TradeRecorder.ts"
import { TradingSwitches } from "../../ports/TradingSwitches.ts"
import { type EngineSettings } from "../EngineSettings.ts"
import { EngineState } from "../EngineState.ts"
import { nowUs } from "../now.ts"
import { type ProgramObserver } from "../program.ts"
import { SyncRunner } from "../SyncRunner.ts"
import { factEntries, inputEntries, SessionEncoder } from "./journal/encode.ts"
import { cancelAtExchange } from "./cancelAtExchange.ts"
import { loadPortfolio } from "./loadPortfolio.ts"
import { sendOrder } from "./sendOrder.ts"
import { makeStoring, type StoreObserver } from "./storeFacts.ts"

/** What a session is opened with. */
export interface SessionRequest {
  readonly settings: EngineSettings
  /** The exchange that new orders go to; null: the simulated venue takes them. */
  readonly exchange: Exchange | null
  /** Is done when the answer to a single order is no longer waited for; null: the wait is never cut short. */
  readonly stopped: Deferred.Deferred<void> | null
  readonly observer: StoreObserver | null
  /** Is called with what the engine does at once, before it is stored. */
  readonly watch: ProgramObserver | null
  /** Is called with each fact once it is in the journal and the store. */
  readonly onFact: ((fact: Fact) => void) | null
  /** Is done when all market data that was taken in is recorded. No order is sent before. */
  readonly recorded: Effect.Effect<void, StoreError>
  /** It trades: the peaks of equity that it sees are stored for the drawdown stop. */
  readonly keepsPeak: boolean
  /** Takes the exchange's answers. The caller has to push each of them as an event. */
  readonly onReport: (report: ExchangeReport) => Effect.Effect<unknown>
}

/** An engine with its store, its journal and its venue. */
export interface Session {
  readonly state: EngineState
  /**
   * Takes events in, in order. They and all that follows from them are journaled and stored, and then orders are sent.
   * An event with an earlier time than the engine's counts as happening now, because time never goes back.
   */
  readonly push: (
    events: ReadonlyArray<EngineEvent>,
    problems?: ReadonlyArray<string>
  ) => Effect.Effect<void, StoreError>
  /** Takes in what falls due by itself up to and at a moment. */
  readonly reach: (atUs: EpochMicros) => Effect.Effect<void, StoreError>
  /** When the next timer or simulated order is due; null: there is none. */
  readonly nextDueUs: () => EpochMicros | null
  /** The same as long as something that is due has to be waited for; null: nothing has to. */
  readonly nextWorkUs: () => EpochMicros | null
  /**
   * Reads the portfolio anew if another process wrote since, or always. Does nothing while a package is on its way that
   * is stored only at its end.
   */
  readonly refreshAccount: (always: boolean) => Effect.Effect<void, StoreError>
  /** Takes the switches over if they changed. */
  readonly refreshSwitches: Effect.Effect<void, StoreError | InputError>
  /** No further event of the present moment will come: a peak of equity that it brought is stored. */
  readonly endMoment: Effect.Effect<void, StoreError>
  /** The engine's number of a stored order. */
  readonly ownOrder: (storedId: number) => ClientOrderId
  /** Whether something is on its way: an order without its report, a package, or a cancel. */
  readonly busy: () => boolean
}

export interface ExchangeReport {
  readonly orderId: ClientOrderId
  readonly report: OrderReport
}

const sameSwitches = (a: ReadonlyArray<SwitchState>, b: ReadonlyArray<SwitchState>): boolean =>
  a.length === b.length &&
  a.every(({ name, origin, value }, index) => {
    const other = b[index]
    return other !== undefined && other.name === name && other.value === value && other.origin === origin
  })

/** The report for orders of a package whose signals another process has taken: none of them is sent. */
const superseded: OrderReport = {
  status: "rejected",
  fills: [],
  reason: takenByAnother,
  countsAsRejection: false,
  lost: false,
  nothingSent: true,
  shown: null,
  quoteAtUs: null,
  tookUs: 0
}

/** What happened since the last write, in order. */
class Pending {
  entries: Array<() => ReadonlyArray<JournalEntry>> = []
  facts: Array<Fact> = []
  orders: Array<VenueCommand> = []

  get isEmpty(): boolean {
    return this.entries.length === 0 && this.facts.length === 0 && this.orders.length === 0
  }

  take(): Pick<Pending, "entries" | "facts" | "orders"> {
    const { entries, facts, orders } = this
    this.entries = []
    this.facts = []
    this.orders = []
    return { entries, facts, orders }
  }
}

export const openSession = (
  request: SessionRequest
): Effect.Effect<Session, never, Journal | TradeRecorder | TradingSwitches | Scope.Scope> =>
  Effect.gen(function* () {
    const { exchange, observer, onFact, onReport, settings, stopped, watch } = request
    const journal = yield* Journal
    const recorder = yield* TradeRecorder
    const protections = yield* TradingSwitches
    const scope = yield* Effect.scope
    const storing = yield* makeStoring(settings.mode, exchange !== null, observer)
    const state = new EngineState(settings, yield* nowUs)
    watch?.onStart(state)
    const pending = new Pending()
    const encoder = new SessionEncoder()
    const runner = new SyncRunner({
      state,
      keepsEvidence: true,
      onFact: (fact) => {
        watch?.onFact(fact)
        pending.facts.push(fact)
        pending.entries.push(() => factEntries(fact))
      },
      onSubmit: exchange === null ? null : (command) => pending.orders.push(command)
    })
    /** Another process was first with something, so the engine's state differs from what is stored. */
    let outdated = false
    /** The peak of equity as it is stored; null: none is, or no stop is set; undefined: it was not read yet. */
    let storedPeak: Usdc | null | undefined = undefined
    /** Packages whose signals were claimed. */
    const claimed = new Set<number>()

    const context = (command: SubmitCommand) => ({
      atUs: state.nowUs,
      market: (marketId: string) => state.find(marketId)?.instrument,
      strictLimit: command.strictLimit,
      exact: command.exact
    })

    /** Claims a package's signals before its first order is sent, so that no other process carries them out too. */
    const claim = (command: SubmitCommand): Effect.Effect<boolean, StoreError> => {
      const run = state.sent.get(command.orderId)?.run
      if (run === undefined || claimed.has(run.number)) return Effect.succeed(true)
      claimed.add(run.number)
      const ids = run.judged.package.signalIds.map(storing.storedSignal)
      if (ids.length === 0) return Effect.succeed(true)
      return Effect.tap(recorder.claim(ids, state.nowUs), (ours) =>
        Effect.sync(() => {
          if (!ours) storing.supersede(run.number)
        })
      )
    }

    const cancel = (command: CancelCommand): Effect.Effect<void> => {
      const { orderId } = command
      const order = state.working.get(orderId)
      // It ended while the cancel waited for its turn.
      if (exchange === null || order === undefined) return Effect.void
      const stored = { ...order, id: storing.storedOrder(orderId) }
      const answered = Effect.flatMap(cancelAtExchange(exchange, stored, command), (report) =>
        onReport({ orderId, report })
      )
      return Effect.asVoid(Effect.forkIn(answered, scope))
    }

    const submit = (command: SubmitCommand): Effect.Effect<void, StoreError> =>
      Effect.gen(function* () {
        const { orderId } = command
        if (exchange === null) return
        if (!(yield* claim(command))) {
          yield* onReport({ orderId, report: superseded })
          return
        }
        yield* Effect.forkIn(
          Effect.flatMap(sendOrder(exchange, command, context(command), stopped), (report) =>
            onReport({ orderId, report })
          ),
          scope
        )
      })

    const dispatch = (command: VenueCommand): Effect.Effect<void, StoreError> =>
      command.kind === "cancel" ? cancel(command) : submit(command)

    /** The time of an event that is learnt now: not before the timers and arrivals that were taken already. */
    const stamp = (event: Pick<EngineEvent, "kind" | "atUs">): EpochMicros =>
      Math.max(event.atUs, state.nowUs, runner.earliestFor(event))

    const pushPortfolio = Effect.gen(function* () {
      const atUs = stamp({ kind: "account", atUs: yield* nowUs })
      // The moment before is over. Its peak is stored first, as the account is read with the stored one.
      if (atUs > state.nowUs) yield* endMoment
      const stored = yield* Effect.provideService(
        loadPortfolio(settings.limits, atUs, settings.cooldownUs),
        TradeRecorder,
        recorder
      )
      const working = stored.working.map(storing.ownNumbers)
      const portfolio = { ...stored, working }
      storedPeak = stored.peak
      take([{ kind: "account", atUs, portfolio }], [])
    })

    const take = (events: ReadonlyArray<EngineEvent>, problems: ReadonlyArray<string>): void => {
      const [first] = events
      let atUs = first === undefined ? state.nowUs : stamp(first)
      const stamped = events.map((event) => {
        atUs = Math.max(atUs, event.atUs)
        return event.atUs === atUs ? event : { ...event, atUs }
      })
      pending.entries.push(() => inputEntries(encoder, atUs, stamped, problems))
      for (const event of stamped) runner.push(event)
    }

    /** Stores a new peak of equity. An account that is only looked at raises none. */
    const keepPeak: Effect.Effect<void, StoreError> = Effect.suspend(() => {
      const peak = request.keepsPeak ? (state.drawdownWatch?.peak ?? null) : null
      if (peak === null || storedPeak === undefined || (storedPeak !== null && peak <= storedPeak)) return Effect.void
      storedPeak = peak
      return recorder.raiseEquityPeak(peak, state.nowUs)
    })

    const endMoment: Effect.Effect<void, StoreError> = Effect.suspend(() => {
      state.endMoment()
      return keepPeak
    })

    /** Writes what is pending to the journal, then to the store, then sends orders; repeats it for what follows. */
    const settle: Effect.Effect<void, StoreError> = Effect.gen(function* () {
      while (!pending.isEmpty) {
        const { entries, facts, orders } = pending.take()
        // A journal may ask twice for what it appends, and an encoder writes what it knows only once.
        let written: ReadonlyArray<JournalEntry> | null = null
        yield* journal.append(() => (written ??= entries.flatMap((entry) => entry())))
        if (yield* storing.store(facts)) outdated = true
        yield* keepPeak
        for (const fact of facts) {
          if (fact.kind === "package" && fact.alarm !== null) yield* Effect.logError(packageAlarmText(fact.alarm))
          onFact?.(fact)
        }
        if (orders.length > 0) yield* request.recorded
        for (const command of orders) yield* dispatch(command)
        if (outdated && !storing.holds()) {
          outdated = false
          yield* pushPortfolio
        }
      }
    })

    return {
      state,
      push: (events, problems = []) =>
        Effect.suspend(() => {
          take(events, problems)
          return settle
        }),
      reach: (atUs) =>
        Effect.suspend(() => {
          runner.reach(atUs)
          return settle
        }),
      nextDueUs: () => runner.nextDueUs,
      nextWorkUs: () => (runner.hasWork ? runner.nextDueUs : null),
      refreshAccount: (always) =>
        Effect.suspend(() => {
          // While facts are held back the database is incomplete: it is read once it has everything.
          if (storing.holds()) return Effect.void
          return Effect.flatMap(recorder.changedOutside, (changed) =>
            always || changed ? Effect.zipRight(pushPortfolio, settle) : Effect.void
          )
        }),
      refreshSwitches: Effect.flatMap(protections.read, (switches) => {
        if (sameSwitches(state.switches, switches)) return Effect.void
        return Effect.flatMap(nowUs, (atUs) => {
          take([{ kind: "switches", atUs, switches }], [])
          return settle
        })
      }),
      endMoment,
      ownOrder: storing.ownOrder,
      busy: () =>
        state.sent.size > 0 ||
        state.packages.size > 0 ||
        state.waiting.length > 0 ||
        state.canceling.size > 0 ||
        runner.hasWork
    }
  })
