import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import { type HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { MICROS_PER_MS, MICROS_PER_SECOND } from "../domain/time.ts"
import { type Backend } from "./Backend.ts"
import { defaultTuning, type FaultTuning } from "./deliver.ts"
import { type FaultRule, makeFaultPlan } from "./faults.ts"
import { TIMESTAMP_TOLERANCE_US } from "./marketTime.ts"
import { makeRouting } from "./routing.ts"
import { serveRequest } from "./serve.ts"
import { makeTradingDesk, type TradingOptions } from "./tradingDesk.ts"
import { type TradingEngine } from "./TradingEngine.ts"

export interface InProcessOptions {
  readonly backend: Backend
  readonly faults?: ReadonlyArray<FaultRule>
  readonly faultSeed?: number | string
  readonly tuning?: Partial<FaultTuning>
  /** Absent: orders are refused as while trading is disabled. */
  readonly trading?: TradingOptions
}

export interface InProcessExchange {
  readonly client: HttpClient.HttpClient
  /** Any host would do: nothing leaves the process. */
  readonly urls: {
    readonly gamma: string
    readonly data: string
    readonly clob: string
    readonly geoblock: string
  }
  /** The matching engine behind `clob`; without the option `trading` nothing reaches it. */
  readonly trading: TradingEngine
  readonly setFaults: (rules: ReadonlyArray<FaultRule>) => void
  readonly faultCounts: () => { readonly [kind: string]: number }
  readonly requests: () => number
}

const base = "http://127.0.0.1"

const bodyText = ({ body }: HttpClientRequest): string =>
  body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : ""

/** One byte at a time, each after a sleep on the Clock. */
const slowly = (bytes: Uint8Array, everyMs: number): Stream.Stream<Uint8Array> =>
  Stream.range(0, bytes.length - 1).pipe(
    Stream.rechunk(1),
    Stream.schedule(Schedule.spaced(everyMs)),
    Stream.map((at) => bytes.subarray(at, at + 1))
  )

const HUGE_PART = 64 * 1024

const hugely = (size: number): Stream.Stream<Uint8Array> => {
  const part = new Uint8Array(HUGE_PART).fill(120)
  const open = new TextEncoder().encode('{"data":["')
  return Stream.concat(
    Stream.make(open),
    Stream.repeatValue(part).pipe(Stream.rechunk(1), Stream.take(Math.ceil(size / HUGE_PART)))
  )
}

/**
 * The loopback exchange without sockets: the same routes and the same faults behind an HttpClient that answers in this
 * process. Its market time is the Clock's time, and so are its delays: on a virtual clock nothing waits for real.
 */
export const makeInProcessExchange = (options: InProcessOptions): InProcessExchange => {
  const { backend, faultSeed: seed = 1, trading } = options
  const plan = makeFaultPlan(seed, options.faults ?? [])
  const tuning = { ...defaultTuning, ...options.tuning }
  let nowMs = 0
  const nowUs = () => nowMs * MICROS_PER_MS
  const acceptsTime = (sec: number) => Math.abs(sec * MICROS_PER_SECOND - nowUs()) <= TIMESTAMP_TOLERANCE_US
  const desk = makeTradingDesk({ backend, trading: trading ?? {}, seed, nowUs, acceptsTime })
  const routing = makeRouting({ backend, nowUs, desk: trading === undefined ? null : desk, geo: { blocked: false } })
  let served = 0

  const client = HttpClient.make((request, url) =>
    Effect.gen(function* () {
      nowMs = yield* Clock.currentTimeMillis
      served += 1
      const { headers, method } = request
      const routed = { method, url, body: bodyText(request), headers }
      const { answer, delivery } = yield* serveRequest({ routing, plan, tuning }, routed)
      const respond = (
        body: string | ReadableStream<Uint8Array>,
        status: number,
        headers: { readonly [name: string]: string }
      ) => HttpClientResponse.fromWeb(request, new Response(body, { status, headers }))
      const streamed = (bytes: Stream.Stream<Uint8Array>) =>
        Effect.map(Stream.toReadableStreamEffect(bytes), (body) => respond(body, answer.status, {}))
      switch (delivery.kind) {
        case "answer":
          return respond(delivery.body, delivery.status, delivery.headers)
        case "never":
          return yield* Effect.never
        case "reset":
          return yield* new RequestError({ request, reason: "Transport", description: "connection reset" })
        case "slow":
          return yield* streamed(slowly(new TextEncoder().encode(answer.body), tuning.slowByteMs))
        case "huge":
          return yield* streamed(hugely(tuning.hugeBytes))
      }
    })
  )
  return {
    client,
    urls: {
      gamma: `${base}/gamma`,
      data: `${base}/data`,
      clob: `${base}/clob`,
      geoblock: `${base}/geoblock/api/geoblock`
    },
    trading: desk.engine,
    setFaults: plan.set,
    faultCounts: plan.counts,
    requests: () => served
  }
}
