import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { InputError } from "../domain/errors.ts"
import { type EpochMicros, MICROS_PER_MS } from "../domain/time.ts"
import { type Backend } from "./Backend.ts"
import { defaultTuning, deliver, type FaultTuning, type Timers } from "./deliver.ts"
import { type Api, type Fault, type FaultPlan, type FaultRule, makeFaultPlan } from "./faults.ts"
import { makeRouting, type Routing } from "./routing.ts"

/** Manual: market time stands still until `advance`. Real: it runs `speed` times as fast as Effect's Clock. */
export type MarketTime = { readonly kind: "manual" } | { readonly kind: "real"; readonly speed: number }

export interface ExchangeOptions {
  readonly backend: Backend
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** Default: manual. */
  readonly time?: MarketTime
  /** Market time at the start; default: the backend's own. */
  readonly startUs?: EpochMicros
  readonly faults?: ReadonlyArray<FaultRule>
  readonly faultSeed?: number | string
  readonly tuning?: Partial<FaultTuning>
}

/** One request as it was served. */
export interface RequestRecord {
  readonly seq: number
  readonly method: string
  readonly api: Api | "unknown"
  readonly path: string
  readonly query: string
  /** The pattern that matched, such as `/markets/{id}`. */
  readonly endpoint: string
  /** Status of the answer, before any fault. */
  readonly status: number
  readonly fault: Fault | null
  readonly marketUs: EpochMicros
}

export interface ExchangeStats {
  readonly total: number
  /** Requests by "api endpoint". */
  readonly requests: { readonly [endpoint: string]: number }
  readonly faults: { readonly [kind: string]: number }
  /** Newest last, at most 256. */
  readonly recent: ReadonlyArray<RequestRecord>
}

export interface Exchange {
  readonly port: number
  /** Base URLs for `data.gamma_base_url` and its siblings. */
  readonly urls: { readonly gamma: string; readonly data: string; readonly clob: string }
  /** Moves market time forward by `us`, and gives the new time. */
  readonly advance: (us: number) => Effect.Effect<EpochMicros, InputError>
  readonly nowUs: Effect.Effect<EpochMicros>
  readonly setFaults: (rules: ReadonlyArray<FaultRule>) => Effect.Effect<void>
  readonly stats: Effect.Effect<ExchangeStats>
  /** Ends every connection at once. The scope does it too. */
  readonly close: Effect.Effect<void>
}

const RECENT = 256
const MAX_BODY = 4 * 1024 * 1024

const readBody = (request: IncomingMessage): Promise<string | undefined> =>
  new Promise((resolve) => {
    const chunks: Array<Buffer> = []
    let size = 0
    request.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_BODY) chunks.push(chunk)
    })
    request.on("end", () => resolve(size > MAX_BODY ? undefined : Buffer.concat(chunks).toString("utf8")))
    request.on("error", () => resolve(undefined))
  })

interface Traffic {
  total: number
  readonly requests: Map<string, number>
  readonly recent: Array<RequestRecord>
}

const remember = (traffic: Traffic, record: Omit<RequestRecord, "seq">): void => {
  traffic.total += 1
  const key = `${record.api} ${record.endpoint}`
  traffic.requests.set(key, (traffic.requests.get(key) ?? 0) + 1)
  traffic.recent.push({ seq: traffic.total, ...record })
  if (traffic.recent.length > RECENT) traffic.recent.shift()
}

const listen = (server: Server, port: number): Effect.Effect<number, InputError> =>
  Effect.async((resume) => {
    const refuse = (error: Error) =>
      resume(
        Effect.fail(new InputError({ field: "port", problem: `cannot listen on 127.0.0.1:${port}: ${error.message}` }))
      )
    server.once("error", refuse)
    server.listen({ host: "127.0.0.1", port }, () => {
      server.off("error", refuse)
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

const checkOptions = ({ port = 0, time }: ExchangeOptions): Effect.Effect<void, InputError> => {
  const bad = (field: string, problem: string) => Effect.fail(new InputError({ field, problem }))
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return bad("port", "must be a whole number from 0 to 65535")
  if (time?.kind === "real" && !(time.speed > 0 && time.speed <= 1_000_000)) {
    return bad("speed", "must be above 0 and at most 1000000")
  }
  return Effect.void
}

const stop = (server: Server, timers: Timers): Effect.Effect<void> =>
  Effect.async((resume) => {
    for (const timer of timers) clearInterval(timer)
    timers.clear()
    if (!server.listening) return resume(Effect.void)
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

interface Serving {
  readonly routing: Routing
  readonly plan: FaultPlan
  readonly traffic: Traffic
  readonly timers: Timers
  readonly nowUs: () => EpochMicros
  readonly tuning: FaultTuning
}

const serve = (
  serving: Serving,
  request: IncomingMessage,
  response: ServerResponse,
  body: string | undefined
): void => {
  const url = new URL(request.url ?? "/", "http://127.0.0.1")
  const method = request.method ?? "GET"
  const marketUs = serving.nowUs()
  const { answer, api, path } = serving.routing({ method, url, body }, marketUs)
  const fault = api === "unknown" ? null : serving.plan.next(api)
  const { endpoint, status } = answer
  remember(serving.traffic, { method, api, path, query: url.search, endpoint, status, fault, marketUs })
  deliver(request, response, answer, fault, serving.tuning, serving.timers)
}

const makeServer = (serving: Serving): Server =>
  createServer((request, response) => {
    readBody(request)
      .then((body) => serve(serving, request, response, body))
      .catch((error: unknown) => {
        // A defect of the simulator itself: the client sees a 500 that says so, and the test that caused it fails.
        if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" })
        response.end(JSON.stringify({ error: `loopback exchange: ${String(error)}` }))
      })
  })

/**
 * Starts the loopback exchange on 127.0.0.1: Gamma, data-api and CLOB below `/gamma`, `/data` and `/clob` of one
 * port. It answers reads from the backend at the present market time, and refuses orders.
 */
export const startExchange = Effect.fn("Exchange.start")(function* (
  options: ExchangeOptions
): Effect.fn.Return<Exchange, InputError, Scope.Scope> {
  const clock = yield* Effect.clock
  yield* checkOptions(options)
  const time = options.time ?? { kind: "manual" }
  const startedMs = clock.unsafeCurrentTimeMillis()
  let offset = options.startUs ?? options.backend.startUs
  const nowUs = (): EpochMicros =>
    offset +
    (time.kind === "real" ? Math.floor((clock.unsafeCurrentTimeMillis() - startedMs) * MICROS_PER_MS * time.speed) : 0)
  const traffic: Traffic = { total: 0, requests: new Map(), recent: [] }
  const timers: Timers = new Set()
  const plan = makeFaultPlan(options.faultSeed ?? 1, options.faults ?? [])
  const tuning = { ...defaultTuning, ...options.tuning }

  const server = makeServer({ routing: makeRouting(options.backend), plan, traffic, timers, nowUs, tuning })
  const port = yield* Effect.acquireRelease(listen(server, options.port ?? 0), () => stop(server, timers))
  const base = `http://127.0.0.1:${port}`
  return {
    port,
    urls: { gamma: `${base}/gamma`, data: `${base}/data`, clob: `${base}/clob` },
    advance: (us) =>
      Number.isSafeInteger(us) && us >= 0
        ? Effect.sync(() => {
            offset += us
            return nowUs()
          })
        : Effect.fail(new InputError({ field: "advance", problem: "must be whole microseconds, not below 0" })),
    nowUs: Effect.sync(nowUs),
    setFaults: (rules) => Effect.sync(() => plan.set(rules)),
    stats: Effect.sync(() => ({
      total: traffic.total,
      requests: Object.fromEntries([...traffic.requests].sort(([a], [b]) => (a < b ? -1 : 1))),
      faults: plan.counts(),
      recent: [...traffic.recent]
    })),
    close: stop(server, timers)
  }
})
