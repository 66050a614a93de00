import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { packageAlarmText } from "../../core/packages/alarm.ts"
import { packagesOf } from "../../core/packages/packagesOf.ts"
import { InputError, NotFound, type StoreError } from "../../domain/errors.ts"
import { type EventId, type StrategyId } from "../../domain/ids.ts"
import { type Freshness } from "../../domain/Freshness.ts"
import { type Order } from "../../domain/Order.ts"
import { rejectionText } from "../../domain/rejection.ts"
import { type Signal } from "../../domain/Signal.ts"
import { type MarketRepo } from "../../ports/MarketRepo.ts"
import { SignalRepo } from "../../ports/SignalRepo.ts"
import { packageOf } from "../scan.ts"
import { type PackageResult, type RoutedOrder, type Routing, runPackages } from "../session/runPackages.ts"

export interface ExecuteRequest {
  /** One signal by its id, or the oldest so many that are new. */
  readonly pick: { readonly _tag: "id"; readonly id: number } | { readonly _tag: "next"; readonly count: number }
  readonly mode: Order["mode"]
  /** `--confirm-live` */
  readonly confirmed: boolean
  /** How old quotes may be; absent: as configured, for a command of its own. */
  readonly freshness?: Freshness
}

/** What became of one package: a signal with its legs, or the signals of a basket. */
export interface SignalExecution {
  readonly signalIds: ReadonlyArray<number>
  readonly strategy: StrategyId
  readonly eventId: EventId
  /** `new`: a switch refused, the signal can be executed later. `superseded`: another process was first. */
  readonly status: "executed" | "rejected" | "new" | "superseded"
  /** "" or why. */
  readonly reason: string
  readonly orders: ReadonlyArray<RoutedOrder>
  /** What is left over of a package that an exchange filled in part and that could not be given back; null: nothing. */
  readonly alarm: string | null
}

export interface ExecuteReport {
  readonly executions: ReadonlyArray<SignalExecution>
  /** Reason for which the rest of the batch was left alone (a switch was thrown); null: all were tried. */
  readonly stoppedBy: string | null
}

type Ending = Pick<SignalExecution, "status" | "reason" | "alarm">

const endingOf = ({ decision, ended, superseded }: PackageResult, mode: Order["mode"]): Ending => {
  if (superseded) return { status: "superseded", reason: "the signal was executed by somebody else", alarm: null }
  const refusal = decision?.refusal ?? ended?.refusal ?? null
  if (refusal === null) {
    const alarm = ended?.alarm ?? null
    return { status: "executed", reason: "", alarm: alarm === null ? null : packageAlarmText(alarm) }
  }
  return {
    status: refusal.by === "gate" || mode === "live" ? "new" : "rejected",
    reason: rejectionText(refusal.reason),
    alarm: null
  }
}

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

/** Every package that one of the signals belongs to, whole, in the order of the signals. */
const wholePackages = (signals: ReadonlyArray<Signal>) =>
  Effect.gen(function* () {
    const repo = yield* SignalRepo
    return yield* Effect.forEach(packagesOf(signals), (known) => {
      const packageId = known[0]?.packageId ?? null
      return packageId === null ? Effect.succeed(known) : repo.package(packageId)
    })
  })

/**
 * Executes one signal, or the oldest new ones in turn. The legs of a signal and the signals of a basket are one package.
 * A switch that is thrown meanwhile stops the rest of the batch.
 */
export const executeSignal = (
  request: ExecuteRequest
): Effect.Effect<ExecuteReport, StoreError | InputError | NotFound, SignalRepo | MarketRepo | Routing> =>
  Effect.gen(function* () {
    const { confirmed, freshness, mode, pick } = request
    const repo = yield* SignalRepo
    const signals = pick._tag === "id" ? yield* findNew(pick.id) : yield* repo.pending(pick.count)
    const groups = yield* wholePackages(signals)
    const results = yield* runPackages({
      mode,
      ...(freshness === undefined ? {} : { freshness }),
      marketIds: groups.flatMap((group) => group.flatMap(({ legs }) => legs.map(({ marketId }) => marketId))),
      packages: groups.map((group) => (eventOf) => ({ ...packageOf(group, eventOf), confirmed }))
    })
    const executions: Array<SignalExecution> = []
    for (const [index, result] of results.entries()) {
      const group = groups[index] ?? []
      const [first] = group
      if (first === undefined || (result.decision === null && !result.superseded)) continue
      executions.push({
        signalIds: group.map(({ id }) => id),
        strategy: first.strategy,
        eventId: first.eventId,
        orders: result.orders,
        ...endingOf(result, mode)
      })
    }
    const gate = results.find(({ decision }) => decision?.refusal?.by === "gate")?.decision?.refusal ?? null
    return { executions, stoppedBy: gate === null ? null : rejectionText(gate.reason) }
  })
