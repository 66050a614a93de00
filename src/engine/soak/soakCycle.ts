import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type InputError, type NotFound, type StoreError } from "../../domain/errors.ts"
import { type Freshness } from "../../domain/Freshness.ts"
import { sourceIds } from "../../domain/ids.ts"
import { type Signal } from "../../domain/Signal.ts"
import { type EpochMicros } from "../../domain/time.ts"
import { soakMarketLimit } from "../../policy/soak.ts"
import { type Routing } from "../session/runPackages.ts"
import { Ingestor, type IngestReport } from "../../ports/Ingestor.ts"
import { type MarketRepo } from "../../ports/MarketRepo.ts"
import { SignalRepo } from "../../ports/SignalRepo.ts"
import { executeSignal } from "../commands/executeSignal.ts"
import { generateSignals } from "../commands/generateSignals.ts"
import { settleUp } from "../commands/settleUp.ts"
import { type MetricsReport, metricsReport } from "../commands/metricsReport.ts"
import { nowUs } from "../now.ts"
import { storedFreshness } from "../storedFreshness.ts"
import { type PnlReport, pnlReport } from "../commands/pnlReport.ts"
import { runStage, StageFailed, type StagePolicy } from "./soakStage.ts"

export interface SoakCycleRequest extends StagePolicy {
  /** Markets per source. */
  readonly ingestLimit: number
  /** New signals to execute, the oldest first. */
  readonly maxSignals: number
  /** Older new signals are rejected, seconds; null: none is too old. */
  readonly maxSignalAgeSec: number | null
  /** From one cycle to the next, seconds. */
  readonly intervalSec: number
}

/** What one cycle did. `false` is a stage that failed after all its retries. */
export interface SoakCycle {
  readonly startedAtUs: EpochMicros
  readonly seconds: number
  readonly ingestOk: boolean
  readonly signalsOk: boolean
  readonly matchOk: boolean
  readonly executeOk: boolean
  readonly reportOk: boolean
  readonly rowsIngested: number
  readonly signalsGenerated: number
  /** Open markets that the strategies did not see, because what is known of them is too old. */
  readonly stale: number
  /** Signals that no earlier cycle got to, and that are too old now. */
  readonly expired: number
  /** Signals whose orders were accepted, refused, and could not be tried. */
  readonly executed: number
  readonly rejected: number
  readonly failures: number
  /** A switch that ended the batch; null: none. */
  readonly stoppedBy: string | null
  readonly pnl: PnlReport | null
  readonly metrics: MetricsReport | null
  /** What each failed stage said last. */
  readonly errors: ReadonlyArray<string>
}

interface Executed {
  executed: number
  rejected: number
  failures: number
  stoppedBy: string | null
}

/** An ingest that stored nothing has failed; one source missing beside others has not. */
const ingestAll = (limit: number) =>
  Effect.gen(function* () {
    const ingestor = yield* Ingestor
    const report: IngestReport = yield* ingestor.run({ sources: sourceIds, limit, incremental: true })
    if (report.status !== "error") return report
    const said = report.sources.flatMap(({ error }) => (error === "" ? [] : [error]))
    return yield* new StageFailed({ message: said.length === 0 ? "no source gave anything" : said.join("; ") })
  })

/**
 * The oldest new signals whose data is not too old. More are found than a cycle executes, so without a greatest age
 * only signals that are hours old would ever be executed.
 */
const findPending = ({ maxSignalAgeSec, maxSignals }: SoakCycleRequest) =>
  Effect.gen(function* () {
    const repo = yield* SignalRepo
    const atUs = yield* nowUs
    const expired = maxSignalAgeSec === null ? 0 : yield* repo.expire({ atUs, maxAgeSec: maxSignalAgeSec })
    return { expired, signals: yield* repo.pending(maxSignals) }
  })

const findSignals = (freshness: Freshness) =>
  generateSignals({ strategies: null, marketLimit: soakMarketLimit, staleRows: "left out", freshness })

const nothingExecuted: Executed = { executed: 0, rejected: 0, failures: 0, stoppedBy: null }

/** Another process executed the signal after it was listed here: the work is done, so this is no failure. */
const takenAlready = (error: StoreError | InputError | NotFound): boolean =>
  error._tag === "InputError" && error.field === "--signal-id"

const executeOne = (signal: Signal, freshness: Freshness) =>
  executeSignal({ pick: { _tag: "id", id: signal.id }, mode: "paper", confirmed: false, freshness }).pipe(
    Effect.catchIf(takenAlready, () => Effect.succeed({ executions: [], stoppedBy: null }))
  )

/** One signal after the other, so that one that fails stops no other and a retry executes nothing more than was asked. */
const executeOldest = (
  signals: ReadonlyArray<Signal>,
  freshness: Freshness,
  request: SoakCycleRequest,
  errors: Array<string>
): Effect.Effect<Executed, never, SignalRepo | MarketRepo | Routing> =>
  Effect.gen(function* () {
    const counts: Executed = { executed: 0, rejected: 0, failures: 0, stoppedBy: null }
    const done = new Set<number>()
    for (const signal of signals) {
      if (done.has(signal.id)) continue
      const outcome = yield* runStage(`execute signal ${signal.id}`, request, executeOne(signal, freshness))
      if (Either.isLeft(outcome)) {
        counts.failures += 1
        errors.push(outcome.left.message)
        continue
      }
      for (const { signalIds, status } of outcome.right.executions) {
        for (const id of signalIds) done.add(id)
        if (status === "executed") counts.executed += signalIds.length
        else if (status === "rejected") counts.rejected += signalIds.length
      }
      counts.stoppedBy = outcome.right.stoppedBy
      if (counts.stoppedBy !== null) break
    }
    return counts
  })

/**
 * One cycle of a soak on paper: collect from every source, find signals, bring working orders up to the new data, reject
 * signals that are too old and execute the oldest others, add up. Each stage runs whatever became of the one before it, and
 * none can fail the cycle.
 */
export const runSoakCycle = (request: SoakCycleRequest) =>
  Effect.gen(function* () {
    const startedAtUs = yield* nowUs
    const startedNanos = yield* Clock.currentTimeNanos
    const errors: Array<string> = []
    const stage = <A, E extends { readonly message: string }, R>(name: string, body: Effect.Effect<A, E, R>) =>
      Effect.map(runStage(name, request, body), (outcome) => {
        if (Either.isRight(outcome)) return outcome.right
        errors.push(outcome.left.message)
        return null
      })
    const ingest = yield* stage("ingest", ingestAll(request.ingestLimit))
    // When no source gave anything, nothing is known of this moment: nothing is opened, which is no failure of a stage.
    const answered = ingest !== null
    const freshness = answered ? yield* stage("looks", storedFreshness(request.intervalSec)) : null
    const generated = freshness === null ? null : yield* stage("signals", findSignals(freshness))
    const matched = yield* stage("match", settleUp)
    const pending = freshness === null ? null : yield* stage("pending signals", findPending(request))
    const counts =
      freshness === null ? nothingExecuted : yield* executeOldest(pending?.signals ?? [], freshness, request, errors)
    const reports = yield* stage("report", Effect.all([pnlReport, metricsReport], { concurrency: 1 }))
    const cycle: SoakCycle = {
      ...counts,
      startedAtUs,
      seconds: Number((yield* Clock.currentTimeNanos) - startedNanos) / 1e9,
      ingestOk: ingest !== null,
      signalsOk: generated !== null || !answered,
      matchOk: matched !== null,
      executeOk: (pending !== null || !answered) && counts.failures === 0,
      reportOk: reports !== null,
      rowsIngested: ingest?.sources.reduce((sum, { rowsIngested }) => sum + rowsIngested, 0) ?? 0,
      signalsGenerated: generated?.signals.length ?? 0,
      stale: generated?.staleCount ?? 0,
      expired: pending?.expired ?? 0,
      pnl: reports?.[0] ?? null,
      metrics: reports?.[1] ?? null,
      errors
    }
    return cycle
  })

/** A cycle is whole when every stage of it did its work. */
export const isWhole = (cycle: SoakCycle): boolean =>
  cycle.ingestOk && cycle.signalsOk && cycle.matchOk && cycle.executeOk && cycle.reportOk
