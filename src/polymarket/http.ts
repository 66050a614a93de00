import * as HttpClient from "@effect/platform/HttpClient"
import { type HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { type HttpClientResponse } from "@effect/platform/HttpClientResponse"
import { RequestInit } from "@effect/platform/FetchHttpClient"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type ErrorBucket, SourceError } from "../domain/errors.ts"
import { errorBodyBytes, requestDeadline } from "../policy/ingest.ts"

const BYTES_PER_MB = 1_000_000
const NOT_FOUND = 404
const TOO_EARLY = 425
const TOO_MANY_REQUESTS = 429
const DETAIL_LENGTH = 160

/** One host: its checked base URL and the limits of every request to it. */
export interface HttpOrigin {
  /** Names the origin in errors. */
  readonly source: string
  /** Without a trailing slash; see `parseBaseUrl`. */
  readonly baseUrl: string
  readonly timeoutSec: number
  readonly maxBodyMb: number
}

export interface JsonRequest<A> {
  readonly path: string
  /** A list becomes one key repeated. */
  readonly query: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  /** What a 404 counts as, where the source means "nothing here" by it; `http_4xx` otherwise. */
  readonly notFound?: ErrorBucket
  /** Turns the answer into what the caller needs, or says in a few words what is wrong with its shape. */
  readonly read: (json: unknown) => { readonly value: A } | { readonly problem: string }
}

/** A GET that takes one attempt; waiting, retrying and counting are added around it. */
export type GetJson = <A>(request: JsonRequest<A>) => Effect.Effect<A, SourceError>

const isRetryable = (bucket: ErrorBucket): boolean =>
  bucket !== "http_4xx" && bucket !== "circuit_open" && bucket !== "source_skipped_404"

const statusBucket = (status: number): ErrorBucket =>
  status === TOO_MANY_REQUESTS
    ? "http_429"
    : status === TOO_EARLY || (status >= 500 && status <= 599)
      ? "http_5xx"
      : status >= 400 && status <= 499
        ? "http_4xx"
        : "decode"

/** Milliseconds from a Retry-After of seconds or an HTTP date; null when it is neither. */
export const parseRetryAfter = (header: string | undefined, nowMs: number): number | null => {
  const text = header?.trim() ?? ""
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000
  const at = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs)
}

/** Foreign text for a one-line message: control characters and runs of blanks become one blank. */
export const oneLine = (text: string): string =>
  text

    .replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g, " ")
    .trim()
    .slice(0, DETAIL_LENGTH)

/** Joins chunks until `limit` bytes; more sets `exceeded` and ends the read there, which closes the connection. */
export interface Collected {
  readonly chunks: Array<Uint8Array>
  size: number
  exceeded: boolean
}

export const collect = (
  response: HttpClientResponse,
  limit: number,
  into: Collected
): Effect.Effect<void, HttpClientError> =>
  response.stream.pipe(
    Stream.takeWhile((chunk) => {
      into.size += chunk.length
      into.exceeded = into.size > limit
      if (!into.exceeded) into.chunks.push(chunk)
      return !into.exceeded
    }),
    Stream.runDrain
  )

export const textOf = (collected: Collected): string => {
  const text = Buffer.concat(collected.chunks).toString("utf8")
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

export const describe = (error: HttpClientError): string => {
  const cause: unknown = error.cause
  const inner: unknown = cause instanceof Error ? (cause.cause ?? cause) : cause
  return oneLine(inner instanceof Error ? inner.message || inner.name : error.message)
}

type Fail = (bucket: ErrorBucket, detail: string) => SourceError

const failures =
  (origin: HttpOrigin, path: string): Fail =>
  (bucket, detail) =>
    new SourceError({
      source: origin.source,
      operation: `GET ${path}`,
      bucket,
      retryable: isRetryable(bucket),
      retryAfterMs: null,
      detail
    })

/** The error that an answer other than 200 stands for. */
const readFailure = Effect.fnUntraced(function* (
  response: HttpClientResponse,
  notFound: ErrorBucket | undefined,
  fail: Fail
) {
  const body: Collected = { chunks: [], size: 0, exceeded: false }
  // The status says enough: an error answer whose body breaks off is still that error.
  yield* Effect.orElseSucceed(collect(response, errorBodyBytes, body), () => undefined)
  const bucket = response.status === NOT_FOUND && notFound !== undefined ? notFound : statusBucket(response.status)
  const error = fail(bucket, oneLine(`HTTP ${response.status} ${textOf(body)}`))
  // A redirect is not followed, since it could leave https; asking again would not make it go away.
  const redirect = response.status >= 300 && response.status <= 399
  return new SourceError({
    ...error,
    retryable: error.retryable && !redirect,
    retryAfterMs: parseRetryAfter(response.headers["retry-after"], yield* Clock.currentTimeMillis)
  })
})

/** Bytes of a plain body as declared, which HTTP framing holds it to; NaN for a compressed or chunked one. */
const declaredSize = (response: HttpClientResponse): number =>
  response.headers["content-encoding"] === undefined
    ? Number(response.headers["content-length"] ?? Number.NaN)
    : Number.NaN

/**
 * The text of a 200 answer, never more than `max_body_mb` of it. A body that declares a size within the limit is read
 * at once, which costs half the CPU of counting it chunk by chunk.
 */
const readText = Effect.fnUntraced(function* (response: HttpClientResponse, maxBodyMb: number, fail: Fail) {
  const limit = maxBodyMb * BYTES_PER_MB
  const body: Collected = { chunks: [], size: 0, exceeded: false }
  const read =
    declaredSize(response) <= limit
      ? Effect.map(response.arrayBuffer, (bytes) => void body.chunks.push(new Uint8Array(bytes)))
      : collect(response, limit, body)
  yield* Effect.mapError(read, (error) =>
    error._tag === "ResponseError" && error.reason === "EmptyBody"
      ? fail("decode", "empty body")
      : fail("decode", `body cut short: ${describe(error)}`)
  )
  return body.exceeded ? yield* fail("decode", `body over max_body_mb (${maxBodyMb})`) : textOf(body)
})

const readAnswer = Effect.fnUntraced(function* <A>(
  response: HttpClientResponse,
  origin: HttpOrigin,
  request: JsonRequest<A>,
  fail: Fail
) {
  if (response.status !== 200) return yield* yield* readFailure(response, request.notFound, fail)
  const text = yield* readText(response, origin.maxBodyMb, fail)
  if (text.trim() === "") return yield* fail("decode", "empty body")
  const json = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: () => fail("decode", `not JSON: ${oneLine(text.slice(0, 60))}`)
  })
  const outcome = request.read(json)
  return "problem" in outcome ? yield* fail("decode", outcome.problem) : outcome.value
})

/**
 * GETs of one origin. The deadline covers the connection and the whole body, the body is counted while it streams, and
 * every failure comes back as a SourceError of its bucket.
 */
export const makeGetJson = (client: HttpClient.HttpClient, origin: HttpOrigin): GetJson => {
  const http = client.pipe(HttpClient.withTracerPropagation(false))
  return (request) => {
    const fail = failures(origin, request.path)
    return http
      .execute(
        HttpClientRequest.get(`${origin.baseUrl}${request.path}`).pipe(
          HttpClientRequest.setUrlParams(request.query),
          HttpClientRequest.acceptJson,
          HttpClientRequest.setHeader("user-agent", "monomarket")
        )
      )
      .pipe(
        // Only the fetch client looks at this; the others do not follow redirects.
        Effect.provideService(RequestInit, { redirect: "manual" }),
        Effect.mapError((error) => fail("network", describe(error))),
        Effect.flatMap((response) => readAnswer(response, origin, request, fail)),
        Effect.timeoutFail({
          duration: requestDeadline(origin.timeoutSec),
          onTimeout: () => fail("timeout", `no complete answer within ${origin.timeoutSec} s`)
        })
      )
  }
}
