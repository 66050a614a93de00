import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type InputError, type StoreError } from "../domain/errors.ts"
import { type SourceId } from "../domain/ids.ts"
import { type IngestionRun } from "./IngestRepo.ts"

export interface IngestRequest {
  readonly sources: ReadonlyArray<SourceId>
  /** How many markets per source, through as many pages as it takes. */
  readonly limit: number
  /** Skip rows that are not newer than the source's checkpoint. */
  readonly incremental: boolean
}

export interface SourceReport extends IngestionRun {
  /** Rows the source sent. */
  readonly received: number
  /** Rows that were not newer than the checkpoint. */
  readonly skipped: number
  /** Refused rows by reason. */
  readonly refused: ReadonlyMap<string, number>
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
