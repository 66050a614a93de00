import { type ErrorBucket, type SourceError } from "../domain/errors.ts"
import { type MarketId } from "../domain/ids.ts"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type BucketCount } from "../ports/IngestRepo.ts"
import { type RequestObserver } from "../ports/IngestSource.ts"
import { type Refusal } from "./normalize.ts"

/** What one run of one source has seen so far; changed in place by its fiber only. */
export interface Tally {
  requestCount: number
  failureCount: number
  retryCount: number
  received: number
  refusedCount: number
  /** Newest change at the source among the rows that are stored already or will be. */
  newestChangeUs: EpochMicros | null
  readonly refused: Map<string, number>
  /** Markets whose rows were refused. */
  readonly refusedIds: Set<MarketId>
  /** Fields that were dropped of rows that were kept, by reason. */
  readonly dropped: Map<string, number>
  readonly buckets: Map<ErrorBucket, BucketCount>
  /** Shown as they are known. */
  readonly confirmed: Array<MarketId>
  /** To be stored, one per id: a market that comes twice in a run is one snapshot. */
  readonly markets: Map<MarketId, Market>
}

export const makeTally = (): Tally => ({
  requestCount: 0,
  failureCount: 0,
  retryCount: 0,
  received: 0,
  refusedCount: 0,
  newestChangeUs: null,
  refused: new Map(),
  refusedIds: new Set(),
  dropped: new Map(),
  buckets: new Map(),
  confirmed: [],
  markets: new Map()
})

export const countBucket = (tally: Tally, bucket: ErrorBucket, lastError: string): void => {
  tally.buckets.set(bucket, { bucket, count: (tally.buckets.get(bucket)?.count ?? 0) + 1, lastError })
}

export const countRefusal = (tally: Tally, { marketId, reason }: Refusal): void => {
  tally.refusedCount += 1
  if (marketId !== null) tally.refusedIds.add(marketId)
  tally.refused.set(reason, (tally.refused.get(reason) ?? 0) + 1)
  countBucket(tally, "decode", marketId === null ? reason : `${reason}: market ${marketId}`)
}

export const countDropped = (tally: Tally, marketId: MarketId, reasons: ReadonlyArray<string>): void => {
  for (const reason of reasons) {
    tally.dropped.set(reason, (tally.dropped.get(reason) ?? 0) + 1)
    countBucket(tally, "decode", `${reason}: market ${marketId}`)
  }
}

/** Moves the newest change forward; a row dated in the future counts as changed now, so it cannot hide later changes. */
export const noteChange = (tally: Tally, changedUs: EpochMicros | null, nowUs: EpochMicros): void => {
  if (changedUs !== null) tally.newestChangeUs = Math.max(tally.newestChangeUs ?? -Infinity, Math.min(changedUs, nowUs))
}

export const observerOf = (tally: Tally): RequestObserver => ({
  onRequest: () => {
    tally.requestCount += 1
  },
  onRetry: () => {
    tally.retryCount += 1
  },
  onFailure: (error: SourceError) => {
    tally.failureCount += 1
    countBucket(tally, error.bucket, error.message)
  }
})
