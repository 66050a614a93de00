import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { InputError } from "../domain/errors.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { Ingestor, type IngestReport, type IngestRequest, type SourceReport } from "../ports/Ingestor.ts"
import { IngestRepo } from "../ports/IngestRepo.ts"
import { IngestSources, type SourceShape } from "../ports/IngestSource.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { runSource, type SourceRunDeps } from "./sourceRun.ts"

const choose = (
  sources: ReadonlyArray<SourceShape>,
  request: IngestRequest
): Effect.Effect<ReadonlyArray<SourceShape>, InputError> => {
  if (!Number.isSafeInteger(request.limit) || request.limit < 1) {
    return new InputError({ field: "limit", problem: "must be a whole number of at least 1" })
  }
  if (request.sources.length === 0) return new InputError({ field: "source", problem: "none was chosen" })
  return Effect.forEach(new Set(request.sources), (id) => {
    const source = sources.find((candidate) => candidate.id === id)
    const known = sources.map((candidate) => candidate.id).join(", ")
    return source === undefined
      ? new InputError({ field: "source", problem: `${id} is unknown; there are ${known}` })
      : Effect.succeed(source)
  })
}

/** `error` only when nothing at all came in; a source that is skipped or failed beside others makes it `partial`. */
const overallStatus = (reports: ReadonlyArray<SourceReport>): IngestReport["status"] =>
  reports.every((report) => report.status === "ok")
    ? "ok"
    : reports.some((report) => report.rowsIngested + report.skipped > 0)
      ? "partial"
      : "error"

/** Ingest over the registered sources. */
export const layer = Layer.effect(
  Ingestor,
  Effect.gen(function* () {
    const { data } = yield* AppConfig
    const sources = yield* IngestSources
    const deps: SourceRunDeps = {
      repo: yield* IngestRepo,
      stored: yield* MarketRepo,
      breaker: {
        failureThreshold: data.breaker_failure_threshold,
        cooldownUs: data.breaker_cooldown_sec * MICROS_PER_SECOND
      }
    }
    return Ingestor.of({
      run: Effect.fn("Ingestor.run")(function* (request) {
        const chosen = yield* choose(sources, request)
        const reports = yield* Effect.forEach(chosen, (source) => runSource(deps, source, request), {
          concurrency: "unbounded"
        })
        return { status: overallStatus(reports), sources: reports }
      })
    })
  })
)
