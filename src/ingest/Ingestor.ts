import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AppConfig } from "../config/AppConfig.ts"
import { Ingestor, type IngestReport, type IngestRequest, type SourceReport } from "../ports/Ingestor.ts"
import { IngestRepo } from "../ports/IngestRepo.ts"
import { IngestSources, type SourceShape } from "../ports/IngestSource.ts"
import { LookRepo } from "../ports/LookRepo.ts"
import { MarketRepo } from "../ports/MarketRepo.ts"
import { type AskDeps, askSource, storeFetched } from "./askSource.ts"
import { breakerOf, chooseSources } from "./chosenSources.ts"

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
    const repo = yield* IngestRepo
    const stored = yield* MarketRepo
    const looks = yield* LookRepo
    // The sources of one run share what is watched.
    const depsOfRun = Effect.map(Effect.cached(looks.watched), (watched): AskDeps => ({
      repo,
      memory: { known: (source, ids) => stored.shownBy(source, ids), watched },
      breaker: breakerOf(data)
    }))
    const runSource = (deps: AskDeps, source: SourceShape, request: IngestRequest) =>
      askSource(deps, source, request, (fetched) =>
        Effect.as(storeFetched(deps, fetched, fetched.report.finishedAtUs), fetched.report)
      )
    return Ingestor.of({
      run: Effect.fn("Ingestor.run")(function* (request) {
        const chosen = yield* chooseSources(sources, request)
        const deps = yield* depsOfRun
        const reports = yield* Effect.forEach(chosen, (source) => runSource(deps, source, request), {
          concurrency: "unbounded"
        })
        return { status: overallStatus(reports), sources: reports }
      })
    })
  })
)
