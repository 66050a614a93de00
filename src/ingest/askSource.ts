import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Admission, type BreakerInput, type BreakerSettings } from "../domain/Breaker.ts"
import { type ErrorBucket, type SourceError, type StoreError } from "../domain/errors.ts"
import { type MarketId, type SourceId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros, formatTime, MICROS_PER_MS } from "../domain/time.ts"
import { knownMarketsBatch } from "../policy/ingest.ts"
import { type IngestRequest, type SourceReport } from "../ports/Ingestor.ts"
import { type IngestionRun, type IngestRepo } from "../ports/IngestRepo.ts"
import { type RawPage, type SourceShape } from "../ports/IngestSource.ts"
import { normalizeMarket } from "./normalize.ts"
import { countBucket, countRefusal, makeTally, noteChange, observerOf, type Tally } from "./tally.ts"

/** What is known of a source from before: stored, or stored soon. */
export interface SourceMemory {
  readonly checkpoint: (source: SourceId) => Effect.Effect<EpochMicros | null, StoreError>
  /** The rows of these markets that are known already, by market id. */
  readonly known: (markets: ReadonlyArray<Market>) => Effect.Effect<ReadonlyMap<MarketId, Market>, StoreError>
}

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
  /** Markets that it listed unchanged. */
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
  outcome: { readonly status: IngestionRun["status"]; readonly error: string }
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
  refused: tally.refused
})

/** Not newer than what is known. The known row decides, not the checkpoint: a limit may have left rows unread. */
const isUnchanged = (market: Market, known: Market | undefined): boolean =>
  known !== undefined &&
  known.source === market.source &&
  known.sourceUpdatedUs !== null &&
  market.sourceUpdatedUs !== null &&
  market.sourceUpdatedUs <= known.sourceUpdatedUs

/** Takes in the rows of a page: refuses, skips or keeps each. Raw rows are let go of with the page. */
const absorb = Effect.fnUntraced(function* (
  deps: AskDeps,
  tally: Tally,
  source: SourceShape,
  page: RawPage,
  checkpointUs: EpochMicros | null
) {
  const seenAtUs = yield* nowUs
  const maybeOld: Array<Market> = []
  for (const raw of page.rows) {
    tally.received += 1
    const row = normalizeMarket(source.id, raw, seenAtUs)
    if (row._tag === "refused") {
      countRefusal(tally, row)
      continue
    }
    const changedUs = row.market.sourceUpdatedUs
    noteChange(tally, changedUs, seenAtUs)
    if (checkpointUs !== null && changedUs !== null && changedUs <= checkpointUs) maybeOld.push(row.market)
    else tally.markets.set(row.market.marketId, row.market)
  }
  for (let from = 0; from < maybeOld.length; from += knownMarketsBatch) {
    const batch = maybeOld.slice(from, from + knownMarketsBatch)
    const known = yield* deps.memory.known(batch)
    for (const market of batch) {
      if (isUnchanged(market, known.get(market.marketId))) tally.confirmed.push(market.marketId)
      else tally.markets.set(market.marketId, market)
    }
  }
})

const fetchAll = Effect.fnUntraced(function* (
  deps: AskDeps,
  source: SourceShape,
  request: Omit<IngestRequest, "sources">,
  startedAtUs: EpochMicros,
  admission: Admission
) {
  const tally = makeTally()
  const checkpointUs = request.incremental ? yield* deps.memory.checkpoint(source.id) : null
  const failure = yield* source.pages({ limit: request.limit, observer: observerOf(tally) }).pipe(
    Stream.runForEach((page) => absorb(deps, tally, source, page, checkpointUs)),
    Effect.as(null),
    Effect.catchTag("SourceError", (error) => Effect.succeed(error))
  )
  const skipped = failure !== null && isSkip(failure)
  if (skipped) countBucket(tally, failure.bucket, failure.message)
  const failed = failure !== null && !skipped
  // Snapshots bear a time after the last page: a replay must not see a price before it was known.
  const finishedAtUs = Math.max(startedAtUs, yield* nowUs)
  const status = statusOf(tally, failed)
  const error = failed ? failure.message : status === "error" ? `all ${tally.received} rows were refused` : ""
  if (failed) yield* Effect.logWarning(failure.message)
  const fetched: Fetched = {
    report: reportOf(source, tally, { startedAtUs, finishedAtUs }, { status, error }),
    answered: status !== "error" && !skipped,
    markets: [...tally.markets.values()],
    confirmed: tally.confirmed,
    // Rows behind the failure were never read; they must not look old next time.
    checkpointUs: failed ? null : tally.newestChangeUs,
    outcome: outcomeOf(admission, failed ? failure.bucket : null)
  }
  return fetched
})

const refusedFetch = (source: SourceShape, startedAtUs: EpochMicros, openUntilUs: EpochMicros): Fetched => {
  const tally = makeTally()
  const error = `circuit open until ${formatTime(openUntilUs)}`
  countBucket(tally, "circuit_open", error)
  const times = { startedAtUs, finishedAtUs: startedAtUs }
  const report = reportOf(source, tally, times, { status: "error", error })
  return { report, answered: false, markets: [], confirmed: [], checkpointUs: null, outcome: null }
}

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
              ? refusedFetch(source, startedAtUs, admission.openUntilUs)
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
