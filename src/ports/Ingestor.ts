import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type InputError, type StoreError } from "../domain/errors.ts"
import { type SourceId } from "../domain/ids.ts"
import { type WatchedMarket } from "../domain/watched.ts"
import { type IngestionRun } from "./IngestRepo.ts"

export interface IngestRequest {
  readonly sources: ReadonlyArray<SourceId>
  /** How many markets per source, through as many pages as it takes. */
  readonly limit: number
  /** Store only what differs from what is stored. */
  readonly incremental: boolean
}

export interface SourceReport extends IngestionRun {
  /** Rows the source sent. */
  readonly received: number
  /** Rows that are as they were stored. */
  readonly skipped: number
  /** Refused rows by reason. */
  readonly refused: ReadonlyMap<string, number>
  /** Fields dropped of rows that were kept, by reason. */
  readonly dropped: ReadonlyMap<string, number>
  /** Markets of this source in which something is held or rests, and that it did not show, for whatever reason. */
  readonly unread: ReadonlyArray<WatchedMarket>
}

export interface IngestReport {
  readonly status: "ok" | "partial" | "error"
  readonly sources: ReadonlyArray<SourceReport>
}

/** Runs sources concurrently; one that fails never stops the others. */
export class Ingestor extends Context.Tag("monomarket/ports/Ingestor")<
  Ingestor,
  {
    readonly run: (request: IngestRequest) => Effect.Effect<IngestReport, StoreError | InputError>
  }
>() {}
