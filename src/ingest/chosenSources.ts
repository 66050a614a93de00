import * as Effect from "effect/Effect"
import { type AppConfigShape } from "../config/AppConfig.ts"
import { type BreakerSettings } from "../domain/Breaker.ts"
import { InputError } from "../domain/errors.ts"
import { MICROS_PER_SECOND } from "../domain/time.ts"
import { type IngestRequest } from "../ports/Ingestor.ts"
import { type SourceShape } from "../ports/IngestSource.ts"

/** The registered sources that a request names, each once. */
export const chooseSources = (
  sources: ReadonlyArray<SourceShape>,
  request: Pick<IngestRequest, "limit" | "sources">
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

/** The breaker of each source, as configured. */
export const breakerOf = (data: AppConfigShape["data"]): BreakerSettings => ({
  failureThreshold: data.breaker_failure_threshold,
  cooldownUs: data.breaker_cooldown_sec * MICROS_PER_SECOND
})
