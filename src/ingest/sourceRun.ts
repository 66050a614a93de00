import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Admission, type BreakerInput, type BreakerSettings } from "../domain/Breaker.ts"
import { type ErrorBucket, type SourceError, type StoreError } from "../domain/errors.ts"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros, formatTime, MICROS_PER_MS } from "../domain/time.ts"
import { knownMarketsBatch } from "../policy/ingest.ts"
import { type IngestRequest, type SourceReport } from "../ports/Ingestor.ts"
import { type IngestionRun, type IngestRepo } from "../ports/IngestRepo.ts"
import { type RawPage, type SourceShape } from "../ports/IngestSource.ts"
import { type MarketRepo } from "../ports/MarketRepo.ts"
import { normalizeMarket } from "./normalize.ts"
import { countBucket, countRefusal, makeTally, noteChange, observerOf, type Tally } from "./tally.ts"

/** What a run of one source works with. */
export interface SourceRunDeps {
  readonly repo: IngestRepo["Type"]
  readonly stored: MarketRepo["Type"]
  readonly breaker: BreakerSettings
}

/** The breaker's answer, and whether it knows how the fetch ended. */
interface Permit {
  readonly admission: Admission
  settled: boolean
}

const outcomeOf = ({ admission }: Permit, bucket: ErrorBucket | null): BreakerInput => {
  if (bucket === null) return { _tag: "succeeded" }
  const failed = { _tag: "failed", reason: bucket } as const
  return admission._tag === "refused" ? failed : { ...failed, admitted: admission._tag }
}

const nowUs = Effect.map(Clock.currentTimeMillis, (ms) => ms * MICROS_PER_MS)

const isSkip = (failure: SourceError): boolean => failure.bucket === "source_skipped_404"

/** `error`: nothing came of it. `partial`: it failed on the way, and what came before is kept. */
const statusOf = (tally: Tally, failed: boolean): IngestionRun["status"] => {
  const useful = tally.markets.size + tally.skipped > 0
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
  skipped: tally.skipped,
  refused: tally.refused
})

/** Not newer than what is stored. The stored row decides, not the checkpoint: a limit may have left rows unread. */
const isUnchanged = (market: Market, known: Market | undefined): boolean =>
  known !== undefined &&
  known.source === market.source &&
  known.sourceUpdatedUs !== null &&
  market.sourceUpdatedUs !== null &&
  market.sourceUpdatedUs <= known.sourceUpdatedUs

/** Takes in the rows of a page: refuses, skips or keeps each. Raw rows are let go of with the page. */
const absorb = Effect.fnUntraced(function* (
  deps: SourceRunDeps,
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
    const known = yield* deps.stored.findAll(batch.map((market) => market.marketId))
    for (const market of batch) {
      if (isUnchanged(market, known.get(market.marketId))) tally.skipped += 1
      else tally.markets.set(market.marketId, market)
    }
  }
})

const fetchAndStore = Effect.fnUntraced(function* (
  deps: SourceRunDeps,
  source: SourceShape,
  request: IngestRequest,
  startedAtUs: EpochMicros,
  permit: Permit
) {
  const tally = makeTally()
  const checkpointUs = request.incremental ? yield* deps.repo.checkpoint(source.id) : null
  const failure = yield* source.pages({ limit: request.limit, observer: observerOf(tally) }).pipe(
    Stream.runForEach((page) => absorb(deps, tally, source, page, checkpointUs)),
    Effect.as(null),
    Effect.catchTag("SourceError", (error) => Effect.succeed(error))
  )
  if (failure !== null && isSkip(failure)) countBucket(tally, failure.bucket, failure.message)
  const failed = failure !== null && !isSkip(failure)
  // Snapshots bear the time after the last page: a replay must not see a price before it was known.
  const finishedAtUs = Math.max(startedAtUs, yield* nowUs)
  const status = statusOf(tally, failed)
  const error = failed ? failure.message : status === "error" ? `all ${tally.received} rows were refused` : ""
  const report = reportOf(source, tally, { startedAtUs, finishedAtUs }, { status, error })
  if (failed) yield* Effect.logWarning(failure.message)
  yield* Effect.uninterruptible(
    Effect.zipRight(
      deps.repo.commitRun({
        run: report,
        markets: [...tally.markets.values()],
        capturedAtUs: finishedAtUs,
        // Rows behind the failure were never read; they must not look old next time.
        checkpointUs: failed ? null : tally.newestChangeUs
      }),
      Effect.map(
        deps.repo.stepBreaker(source.id, finishedAtUs, deps.breaker, outcomeOf(permit, failed ? failure.bucket : null)),
        () => {
          permit.settled = true
        }
      )
    )
  )
  return report
})

const recordRefused = Effect.fnUntraced(function* (
  deps: SourceRunDeps,
  source: SourceShape,
  startedAtUs: EpochMicros,
  openUntilUs: EpochMicros
) {
  const tally = makeTally()
  const error = `circuit open until ${formatTime(openUntilUs)}`
  countBucket(tally, "circuit_open", error)
  const report = reportOf(source, tally, { startedAtUs, finishedAtUs: startedAtUs }, { status: "error", error })
  yield* deps.repo.commitRun({ run: report, markets: [], capturedAtUs: startedAtUs, checkpointUs: null })
  return report
})

/** A probe that ends without an answer would leave the breaker half open; it opens again instead. */
const giveUpProbe = (deps: SourceRunDeps, source: SourceShape, permit: Permit) =>
  permit.admission._tag !== "probe" || permit.settled
    ? Effect.void
    : Effect.flatMap(nowUs, (at) =>
        deps.repo.stepBreaker(source.id, at, deps.breaker, outcomeOf(permit, "network"))
      ).pipe(Effect.catchTag("StoreError", (error) => Effect.logError(error.message)))

/**
 * Asks the breaker, reads the source, stores what came in one go, and lets the breaker know. Only the store can make it
 * fail; whatever the source does is in the report.
 */
export const runSource = (
  deps: SourceRunDeps,
  source: SourceShape,
  request: IngestRequest
): Effect.Effect<SourceReport, StoreError> =>
  Effect.flatMap(nowUs, (startedAtUs) =>
    Effect.acquireUseRelease(
      Effect.map(
        deps.repo.stepBreaker(source.id, startedAtUs, deps.breaker, { _tag: "asked" }),
        ({ admission }): Permit => ({ admission, settled: false })
      ),
      (permit) =>
        permit.admission._tag === "refused"
          ? recordRefused(deps, source, startedAtUs, permit.admission.openUntilUs)
          : fetchAndStore(deps, source, request, startedAtUs, permit),
      (permit) => giveUpProbe(deps, source, permit)
    )
  )
