import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import { AppConfig } from "../../config/AppConfig.ts"
import { type InputError } from "../../domain/errors.ts"
import { type SourceId } from "../../domain/ids.ts"
import { makePacer, requestRetry } from "../../policy/ingest.ts"
import { parseBaseUrl } from "../../polymarket/baseUrl.ts"
import { type GetJson, makeGetJson } from "../../polymarket/http.ts"
import { type RequestObserver } from "../../ports/IngestSource.ts"

/** Makes GET requests that are paced and retried, and reports each of them to the observer. */
export type Fetcher = (observer: RequestObserver) => GetJson

const baseUrlKeys = { gamma: "gamma_base_url", data: "data_base_url", clob: "clob_base_url" } as const

/** One fetcher per source: its pace counts every request to that source, retries included. */
export const makeFetcher = (source: SourceId): Effect.Effect<Fetcher, InputError, AppConfig | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { data } = yield* AppConfig
    const client = yield* HttpClient.HttpClient
    const key = baseUrlKeys[source]
    const get = makeGetJson(client, {
      source,
      baseUrl: yield* parseBaseUrl(`data.${key}`, data[key]),
      timeoutSec: data.timeout_sec,
      maxBodyMb: data.max_body_mb
    })
    const turn = yield* makePacer(data.rate_limit_per_sec)
    const retry = requestRetry({ backoffBaseSec: data.backoff_base_sec, maxRetries: data.max_retries })
    return (observer) => (request) =>
      Effect.suspend(() => {
        let attempts = 0
        const attempt = Effect.suspend(() => {
          if (attempts > 0) observer.onRetry()
          attempts += 1
          observer.onRequest()
          return get(request)
        })
        return Effect.zipRight(turn, attempt).pipe(
          Effect.tapError((error) =>
            Effect.sync(() => (error.bucket === "source_skipped_404" ? undefined : observer.onFailure(error)))
          ),
          Effect.retry(retry)
        )
      })
  })
