import { RequestInit } from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { type HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { type HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { isJsonObject } from "../domain/json.ts"
import { makeTokenBucket } from "../policy/tokenBucket.ts"
import { venueBodyBytes, venueDeadline } from "../policy/venue.ts"
import { type AuthHeaders, type Method } from "./auth.ts"
import { collect, type Collected, describe, oneLine, parseRetryAfter, textOf } from "./http.ts"
import { rejectionCode } from "./rejections.ts"
import { type RateKind, rates } from "./rulebook.ts"
import { VenueFailure, type VenueFailureKind } from "./VenueFailure.ts"

const MS_PER_SECOND = 1_000

/** Makes the headers of a request at the moment it is sent. */
export type Authenticate = (timestampSec: number) => Effect.Effect<AuthHeaders>

export interface VenueRequest<A, I> {
  readonly method: Method
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  /** The very text that was authenticated. */
  readonly body?: string
  readonly authenticate?: Authenticate
  readonly rate: RateKind
  /** Orders or ids in the request: the exchange counts those. */
  readonly cost?: number
  readonly answer: Schema.Schema<A, I>
}

export type SendRequest = <A, I>(request: VenueRequest<A, I>) => Effect.Effect<A, VenueFailure>

export interface TradingOrigin {
  readonly client: HttpClient.HttpClient
  /** See `parseBaseUrl`. */
  readonly baseUrl: string
  /** Seconds that the exchange's clock is ahead of this machine's. */
  readonly clockSkewSec: number
}

interface Failing {
  readonly kind: VenueFailureKind
  readonly detail: string
  readonly nothingSent: boolean
  readonly status?: number
  readonly retryAfterMs?: number | null
}

type Fail = (failing: Failing) => VenueFailure

const failures =
  (request: Pick<VenueRequest<unknown, unknown>, "method" | "path">): Fail =>
  ({ detail, kind, nothingSent, retryAfterMs, status }) =>
    new VenueFailure({
      operation: `${request.method} ${request.path}`,
      kind,
      status: status ?? null,
      code: rejectionCode(detail),
      detail,
      nothingSent,
      retryAfterMs: retryAfterMs ?? null
    })

/** System errors that come before the first byte is written. */
const neverConnected = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|CERT_|SELF_SIGNED|UNABLE_TO_/

const codesOf = (cause: unknown, depth = 0): string => {
  if (depth > 4 || typeof cause !== "object" || cause === null) return ""
  const code = "code" in cause ? String(cause.code) : ""
  const inner = "cause" in cause ? codesOf(cause.cause, depth + 1) : ""
  return `${code} ${inner}`
}

const networkFailure = (error: HttpClientError, fail: Fail): VenueFailure =>
  fail({
    kind: "network",
    detail: describe(error),
    nothingSent: error._tag === "RequestError" && neverConnected.test(codesOf(error.cause))
  })

const pausedCodes = ["trading_disabled", "cancel_only", "post_only_mode"]

/** What a status means, and whether the exchange can have acted on the request all the same. */
const classify = (status: number, text: string): Pick<Failing, "kind" | "nothingSent"> => {
  const code = rejectionCode(text)
  // A duplicate is refused because the exchange has it: something was sent, at some time.
  if (code === "duplicate") return { kind: "refused", nothingSent: false }
  if (status === 401) return { kind: "unauthorized", nothingSent: true }
  if (status === 403) return { kind: "forbidden", nothingSent: true }
  if (status === 408) return { kind: "timeout", nothingSent: false }
  if (status === 425) return { kind: "restarting", nothingSent: true }
  if (status === 429) return { kind: "rate_limited", nothingSent: true }
  if (status >= 400 && status < 500) return { kind: "refused", nothingSent: true }
  if (status === 503 && pausedCodes.includes(code)) return { kind: "paused", nothingSent: true }
  return { kind: status >= 500 ? "server_error" : "malformed", nothingSent: false }
}

/** The exchange's own words, where the answer is its JSON; the text of the page otherwise. */
const errorText = (text: string): string => {
  try {
    const json: unknown = JSON.parse(text)
    if (isJsonObject(json)) {
      const said = json["error"] ?? json["errorMsg"] ?? json["message"]
      if (typeof said === "string" && said !== "") return said
    }
  } catch {
    // Not JSON: an error page of something in between.
  }
  return text
}

const readText = Effect.fnUntraced(function* (response: HttpClientResponse, fail: Fail) {
  const body: Collected = { chunks: [], size: 0, exceeded: false }
  yield* Effect.mapError(collect(response, venueBodyBytes, body), (error) =>
    fail({ kind: "malformed", detail: `answer cut short: ${describe(error)}`, nothingSent: false })
  )
  if (!body.exceeded) return textOf(body)
  return yield* fail({ kind: "malformed", detail: `answer over ${venueBodyBytes} bytes`, nothingSent: false })
})

/** What everybody may know; the rest of what authenticates, a gateway's own headers too, is secret. */
const publicHeaders = ["POLY_ADDRESS", "POLY_TIMESTAMP", "POLY_NONCE"]

const SIGNATURES = /"signature"\s*:\s*"([^"]+)"/g

/** Whoever has an order's signature can send the order. */
const secretsOf = (headers: AuthHeaders, body = ""): ReadonlyArray<string> => [
  ...Object.entries(headers).flatMap(([name, value]) =>
    // Without its scheme, as in "Bearer ...", a token is as good.
    publicHeaders.includes(name) ? [] : [value, ...value.split(" ").slice(1)]
  ),
  ...[...body.matchAll(SIGNATURES)].flatMap(([, signature]) => signature ?? [])
]

/** Secrets that the exchange may repeat, in whatever case, are cut out of its words. */
const scrub = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.reduce((rest, secret) => {
    const bare = secret.replace(/^0x/, "")
    // Shorter ones are words of any answer.
    if (bare.length < 8) return rest
    return rest.replaceAll(new RegExp(bare.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi"), "<redacted>")
  }, text)

const readFailure = Effect.fnUntraced(function* (
  response: HttpClientResponse,
  headers: AuthHeaders,
  body: string | undefined,
  fail: Fail
) {
  const { status } = response
  // The status stands even where the body breaks off.
  const text = yield* Effect.orElseSucceed(readText(response, fail), () => "")
  const words = scrub(errorText(text), secretsOf(headers, body))
  const retryAfterMs = parseRetryAfter(response.headers["retry-after"], yield* Clock.currentTimeMillis)
  return fail({ ...classify(status, words), status, detail: oneLine(`HTTP ${status} ${words}`), retryAfterMs })
})

/** Where in the answer something is wrong, without its values: an answer may carry credentials. */
const wrongPlaces = (error: ParseResult.ParseError): string =>
  ParseResult.ArrayFormatter.formatErrorSync(error)
    .slice(0, 3)
    .map(({ path }) => (path.length === 0 ? "the answer itself" : path.map(String).join(".")))
    .join(", ")

const readAnswer = Effect.fnUntraced(function* <A, I>(
  response: HttpClientResponse,
  request: VenueRequest<A, I>,
  headers: AuthHeaders,
  fail: Fail
) {
  if (response.status < 200 || response.status > 299)
    return yield* yield* readFailure(response, headers, request.body, fail)
  const answered = yield* readText(response, fail)
  // What was read belongs to the account, its API key too; what a write is answered holds words that are stored and shown.
  const text = request.method === "GET" ? answered : scrub(answered, secretsOf(headers, request.body))
  const malformed = (detail: string) => fail({ kind: "malformed", status: response.status, detail, nothingSent: false })
  const json = yield* Effect.try({
    try: (): unknown => (text.trim() === "" ? null : JSON.parse(text)),
    catch: () => malformed("answer is not JSON")
  })
  return yield* Effect.mapError(Schema.decodeUnknown(request.answer)(json), (error) =>
    malformed(`answer has an unexpected shape at ${wrongPlaces(error)}`)
  )
})

const toHttp = <A, I>(baseUrl: string, request: VenueRequest<A, I>, headers: AuthHeaders) =>
  HttpClientRequest.make(request.method)(`${baseUrl}${request.path}`).pipe(
    HttpClientRequest.setUrlParams(request.query ?? {}),
    HttpClientRequest.acceptJson,
    HttpClientRequest.setHeaders({ ...headers, "user-agent": "monomarket" }),
    request.body === undefined ? (made) => made : HttpClientRequest.bodyText(request.body, "application/json")
  )

/**
 * Requests to the exchange: within its rate limits, authenticated at the moment of sending, each one attempt with a
 * deadline. Nothing is ever sent twice from here.
 */
export const makeSendRequest = Effect.fnUntraced(function* (origin: TradingOrigin) {
  const buckets = yield* Effect.all(mapRates(makeTokenBucket), { concurrency: 1 })
  // A span would record the headers, which are secret.
  const http = origin.client.pipe(
    HttpClient.withTracerPropagation(false),
    HttpClient.withTracerDisabledWhen(() => true)
  )
  const send: SendRequest = (request) =>
    Effect.gen(function* () {
      const fail = failures(request)
      yield* buckets[request.rate](request.cost ?? 1)
      const nowSec = Math.floor((yield* Clock.currentTimeMillis) / MS_PER_SECOND) + origin.clockSkewSec
      const headers = request.authenticate === undefined ? {} : yield* request.authenticate(nowSec)
      return yield* http.execute(toHttp(origin.baseUrl, request, headers)).pipe(
        Effect.provideService(RequestInit, { redirect: "manual" }),
        Effect.mapError((error) => networkFailure(error, fail)),
        Effect.flatMap((response) => readAnswer(response, request, headers, fail)),
        Effect.timeoutFail({
          duration: venueDeadline,
          onTimeout: () => fail({ kind: "timeout", detail: "no complete answer in time", nothingSent: false })
        })
      )
    })
  return send
})

const mapRates = <A>(make: (rate: (typeof rates)[RateKind]) => A): { readonly [kind in RateKind]: A } => ({
  order: make(rates.order),
  cancel: make(rates.cancel),
  cancelAll: make(rates.cancelAll),
  cancelMarket: make(rates.cancelMarket),
  ledger: make(rates.ledger),
  balance: make(rates.balance),
  balanceUpdate: make(rates.balanceUpdate),
  apiKey: make(rates.apiKey),
  market: make(rates.market),
  general: make(rates.general)
})
