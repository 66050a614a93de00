import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { alarmText } from "../core/bundleAlarm.ts"
import { InputError, NotFound, type StoreError } from "../domain/errors.ts"
import { type EventId, type StrategyId } from "../domain/ids.ts"
import { type Order } from "../domain/Order.ts"
import { rejectionText } from "../domain/rejection.ts"
import { type Signal } from "../domain/Signal.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { SignalRepo } from "../ports/SignalRepo.ts"
import { signalWishes } from "./signalWishes.ts"
import { withTradingState } from "./loadTradingState.ts"
import { routeBundle, type RoutedOrder, type RouteOutcome, type Routing } from "./routeBundle.ts"

export interface ExecuteRequest {
  /** One signal by its id, or the oldest so many that are new. */
  readonly pick: { readonly _tag: "id"; readonly id: number } | { readonly _tag: "next"; readonly count: number }
  readonly mode: Order["mode"]
  /** `--confirm-live` */
  readonly confirmed: boolean
}

/** What became of one bundle: a signal with its legs, or the signals of a basket. */
export interface SignalExecution {
  readonly signalIds: ReadonlyArray<number>
  readonly strategy: StrategyId
  readonly eventId: EventId
  /** `new`: a switch refused, the signal can be executed later. `superseded`: somebody else was first. */
  readonly status: "executed" | "rejected" | "new" | "superseded"
  /** "" or why. */
  readonly reason: string
  readonly orders: ReadonlyArray<RoutedOrder>
  /** What is left over of a bundle that an exchange filled in part and that could not be given back; null: nothing. */
  readonly alarm: string | null
}

export interface ExecuteReport {
  readonly executions: ReadonlyArray<SignalExecution>
  /** Reason for which the rest of the batch was left alone (a switch was thrown); null: all were tried. */
  readonly stoppedBy: string | null
}

/** The new signals that trade together with `signal`, itself among them, by id. */
const bundleOf = (signal: Signal) =>
  Effect.gen(function* () {
    if (signal.packageId === null) return [signal]
    const repo = yield* SignalRepo
    const fresh = yield* repo.package(signal.packageId)
    // Where another process has taken it meanwhile, storing its orders finds that out.
    return fresh.some(({ id }) => id === signal.id) ? fresh : [signal]
  })

/** The wishes of the signals, with the events of the markets that their legs are in. */
const wishesOf = (signals: ReadonlyArray<Signal>) =>
  Effect.gen(function* () {
    const repo = yield* MarketRepo
    const ids = signals.flatMap((signal) => signal.legs.map(({ marketId }) => marketId))
    const markets = yield* repo.findAll([...new Set(ids)])
    return signalWishes(signals, (id) => markets.get(id)?.eventId)
  })

const statusOf = (
  outcome: RouteOutcome,
  mode: Order["mode"]
): Pick<SignalExecution, "status" | "reason" | "orders" | "alarm"> => {
  switch (outcome._tag) {
    case "Accepted":
      return {
        status: "executed",
        reason: "",
        orders: outcome.orders,
        alarm: outcome.alarm === null ? null : alarmText(outcome.alarm)
      }
    case "Superseded":
      return { status: "superseded", reason: "the signal was executed by somebody else", orders: [], alarm: null }
    case "Refused":
      return {
        status: outcome.by === "switch" || mode === "live" ? "new" : "rejected",
        reason: rejectionText(outcome.reason),
        orders: outcome.orders,
        alarm: null
      }
  }
}

const executeBundle = (signal: Signal, { confirmed, mode }: ExecuteRequest) =>
  Effect.gen(function* () {
    const signals = yield* bundleOf(signal)
    const wishes = yield* wishesOf(signals)
    // Read anew for every bundle: the next one must see what this one, or another process, did.
    const outcome = yield* withTradingState(
      wishes.map(({ marketId }) => marketId),
      (state) => routeBundle(state, { wishes, mode, confirmed, shortage: "buy_other", strictLimit: false })
    )
    const execution: SignalExecution = {
      signalIds: signals.map(({ id }) => id),
      strategy: signal.strategy,
      eventId: signal.eventId,
      ...statusOf(outcome, mode)
    }
    return { execution, switchedOff: outcome._tag === "Refused" && outcome.by === "switch" }
  })

const findNew = (id: number) =>
  Effect.gen(function* () {
    const repo = yield* SignalRepo
    const found = yield* repo.find(id)
    if (Option.isNone(found)) return yield* new NotFound({ what: "signal", id: String(id) })
    const { status } = found.value
    if (status !== "new")
      return yield* new InputError({ field: "--signal-id", problem: `signal ${id} is already ${status}` })
    return [found.value]
  })

/**
 * Executes one signal, or the oldest new ones in turn. The legs of a signal and the signals of a basket are bundles:
 * each fills together or not at all. A switch that is thrown meanwhile stops the rest of the batch.
 */
export const executeSignal = (
  request: ExecuteRequest
): Effect.Effect<ExecuteReport, StoreError | InputError | NotFound, SignalRepo | MarketRepo | Routing> =>
  Effect.gen(function* () {
    const { pick } = request
    const repo = yield* SignalRepo
    const signals = pick._tag === "id" ? yield* findNew(pick.id) : yield* repo.pending(pick.count)
    const executions: Array<SignalExecution> = []
    const done = new Set<number>()
    for (const signal of signals) {
      if (done.has(signal.id)) continue
      const { execution, switchedOff } = yield* executeBundle(signal, request)
      executions.push(execution)
      for (const id of execution.signalIds) done.add(id)
      if (switchedOff) return { executions, stoppedBy: execution.reason }
    }
    return { executions, stoppedBy: null }
  })
