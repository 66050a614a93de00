import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Admission, type BreakerInput, type BreakerSettings } from "../domain/Breaker.ts"
import { type ErrorBucket, type SourceError, type StoreError } from "../domain/errors.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros, formatTime, MICROS_PER_MS } from "../domain/time.ts"
import { isAtStake, type WatchedMarket } from "../domain/watched.ts"
import { type IngestRequest, type SourceReport } from "../ports/Ingestor.ts"
import { type IngestionRun, type IngestRepo } from "../ports/IngestRepo.ts"
import { type SourceShape } from "../ports/IngestSource.ts"
import { readSource, type SourceMemory, watchedAt } from "./readSource.ts"
import { countBucket, makeTally, type Tally } from "./tally.ts"

/** What asking a source works with. */
export interface AskDeps {
  readonly repo: IngestRepo["Type"]
  readonly memory: SourceMemory
  readonly breaker: BreakerSettings
}

/** What asking a source brought. Nothing of it is stored yet. */
export interface Fetched {
  readonly report: SourceReport
  /** The source listed what there is, all or a part of it: one that was left out or skipped did not. */
  readonly answered: boolean
  /** New or changed, one row for each market. */
  readonly markets: ReadonlyArray<Market>
  /** Markets that it showed unchanged. */
  readonly confirmed: ReadonlyArray<MarketId>
  /** Where the checkpoint moves; null: it stays. */
  readonly checkpointUs: EpochMicros | null
  /** For the breaker; null: it refused, and nothing was asked. */
  readonly outcome: BreakerInput | null
}

/** The breaker's answer, and whether what came of it is in other hands. */
interface Permit {
  readonly admission: Admission
  handedOver: boolean
}

const nowUs = Effect.map(Clock.currentTimeMillis, (ms) => ms * MICROS_PER_MS)

const isSkip = (failure: SourceError): boolean => failure.bucket === "source_skipped_404"

const outcomeOf = (admission: Admission, bucket: ErrorBucket | null): BreakerInput => {
  if (bucket === null) return { _tag: "succeeded" }
  const failed = { _tag: "failed", reason: bucket } as const
  return admission._tag === "refused" ? failed : { ...failed, admitted: admission._tag }
}

/** `error`: nothing came of it. `partial`: it failed on the way, and what came before is kept. */
const statusOf = (tally: Tally, failed: boolean): IngestionRun["status"] => {
  const useful = tally.markets.size + tally.confirmed.length > 0
  if (failed) return useful ? "partial" : "error"
  return tally.received > 0 && tally.refusedCount === tally.received ? "error" : "ok"
}

const reportOf = (
  source: SourceShape,
  tally: Tally,
  times: { readonly startedAtUs: EpochMicros; readonly finishedAtUs: EpochMicros },
  outcome: Pick<SourceReport, "status" | "error" | "unread">
): SourceReport => ({
  source: source.id,
  ...outcome,
  ...times,
  rowsIngested: tally.markets.size,
  requestCount: tally.requestCount,
  failureCount: tally.failureCount,
  retryCount: tally.retryCount,
  buckets: [...tally.buckets.values()],
  received: tally.received,
  skipped: tally.confirmed.length,
  refused: tally.refused,
  dropped: tally.dropped
})

/** The watched markets, with money in them, that the source has not shown. */
const unreadOf = (watched: ReadonlyArray<WatchedMarket>, tally: Tally): ReadonlyArray<WatchedMarket> => {
  if (watched.length === 0) return []
  const shown = new Set([...tally.markets.keys(), ...tally.confirmed])
  return watched.filter((market) => isAtStake(market) && !shown.has(market.marketId))
}

const fetchAll = Effect.fnUntraced(function* (
  deps: AskDeps,
  source: SourceShape,
  request: Omit<IngestRequest, "sources">,
  startedAtUs: EpochMicros,
  admission: Admission
) {
  const tally = makeTally()
  const watched = watchedAt(source, yield* deps.memory.watched)
  const { byId, listing } = yield* readSource(deps.memory, source, request, watched, tally)
  const skipped = listing !== null && isSkip(listing)
  if (skipped) countBucket(tally, listing.bucket, listing.message)
  const failure = skipped ? null : (listing ?? byId)
  // Snapshots bear a time after the last page: a replay must not see a price before it was known.
  const finishedAtUs = Math.max(startedAtUs, yield* nowUs)
  const status = statusOf(tally, failure !== null)
  const error = failure?.message ?? (status === "error" ? `all ${tally.received} rows were refused` : "")
  if (failure !== null) yield* Effect.logWarning(failure.message)
  const fetched: Fetched = {
    report: reportOf(source, tally, { startedAtUs, finishedAtUs }, { status, error, unread: unreadOf(watched, tally) }),
    answered: status !== "error" && !skipped,
    markets: [...tally.markets.values()],
    confirmed: tally.confirmed,
    // Rows behind the failure were never read; they must not look old next time.
    checkpointUs: failure === null ? tally.newestChangeUs : null,
    outcome: outcomeOf(admission, failure?.bucket ?? null)
  }
  return fetched
})

const refusedFetch = Effect.fnUntraced(function* (
  deps: AskDeps,
  source: SourceShape,
  startedAtUs: EpochMicros,
  openUntilUs: EpochMicros
) {
  const tally = makeTally()
  const error = `circuit open until ${formatTime(openUntilUs)}`
  countBucket(tally, "circuit_open", error)
  const times = { startedAtUs, finishedAtUs: startedAtUs }
  const unread = unreadOf(watchedAt(source, yield* deps.memory.watched), tally)
  const report = reportOf(source, tally, times, { status: "error", error, unread })
  const fetched: Fetched = {
    ...{ report, answered: false, markets: [], confirmed: [] },
    ...{ checkpointUs: null, outcome: null }
  }
  return fetched
})

/** A probe that ends without an answer would leave the breaker half open; it opens again instead. */
const giveUpProbe = (deps: AskDeps, source: SourceShape, { admission, handedOver }: Permit) =>
  admission._tag !== "probe" || handedOver
    ? Effect.void
    : Effect.flatMap(nowUs, (at) =>
        deps.repo.stepBreaker(source.id, at, deps.breaker, outcomeOf(admission, "network"))
      ).pipe(Effect.catchTag("StoreError", (error) => Effect.logError(error.message)))

/**
 * The one way to ask a source: asks its breaker, reads its pages, and hands what came to `take`, which cannot be
 * interrupted. Only the store can make it fail; whatever the source does is in the report.
 */
export const askSource = <A>(
  deps: AskDeps,
  source: SourceShape,
  request: Omit<IngestRequest, "sources">,
  take: (fetched: Fetched) => Effect.Effect<A, StoreError>
): Effect.Effect<A, StoreError> =>
  Effect.flatMap(nowUs, (startedAtUs) =>
    Effect.acquireUseRelease(
      Effect.map(
        deps.repo.stepBreaker(source.id, startedAtUs, deps.breaker, { _tag: "asked" }),
        ({ admission }): Permit => ({ admission, handedOver: false })
      ),
      (permit) =>
        Effect.gen(function* () {
          const { admission } = permit
          const fetched =
            admission._tag === "refused"
              ? yield* refusedFetch(deps, source, startedAtUs, admission.openUntilUs)
              : yield* fetchAll(deps, source, request, startedAtUs, admission)
          return yield* Effect.uninterruptible(
            Effect.tap(take(fetched), () =>
              Effect.sync(() => {
                permit.handedOver = true
              })
            )
          )
        }),
      (permit) => giveUpProbe(deps, source, permit)
    )
  )

/** Stores what came in one go, and lets the breaker know how the fetch ended. */
export const storeFetched = (
  { breaker, repo }: Pick<AskDeps, "repo" | "breaker">,
  { answered, checkpointUs, confirmed, markets, outcome, report }: Fetched,
  capturedAtUs: EpochMicros
): Effect.Effect<void, StoreError> =>
  Effect.gen(function* () {
    yield* repo.commitRun({
      ...{ run: report, markets, capturedAtUs, checkpointUs },
      confirmed: answered ? confirmed : null
    })
    if (outcome !== null) yield* repo.stepBreaker(report.source, report.finishedAtUs, breaker, outcome)
  })
