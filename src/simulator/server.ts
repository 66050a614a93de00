import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { InputError } from "../domain/errors.ts"
import { type EpochMicros } from "../domain/time.ts"
import { type Backend } from "./Backend.ts"
import { makeControl } from "./control.ts"
import { defaultTuning, deliver, type FaultTuning, type Timers } from "./deliver.ts"
import { type FaultRule, makeFaultPlan } from "./faults.ts"
import { makeMarketClock, type MarketTime } from "./marketTime.ts"
import { makeRouting, type Routing, targetOf } from "./routing.ts"
import { serveRequest, type Serving } from "./serve.ts"
import { makeTradingDesk, type TradingOptions } from "./tradingDesk.ts"
import { type TradingEngine } from "./TradingEngine.ts"
import { type ExchangeStats, makeTraffic, type Traffic } from "./traffic.ts"

export { type ExchangeStats, type RequestRecord } from "./traffic.ts"

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
  /** Absent: orders are refused as while trading is disabled. */
  readonly trading?: TradingOptions
}

export interface Exchange {
  readonly port: number
  /** Base URLs for `data.gamma_base_url` and its siblings; `geoblock` for `live.geoblock_url`. */
  readonly urls: {
    readonly gamma: string
    readonly data: string
    readonly clob: string
    readonly geoblock: string
    /** Where a rehearsal or a test steers it. */
    readonly control: string
  }
  /** The matching engine behind `clob`; without the option `trading` nothing reaches it. */
  readonly trading: TradingEngine
  /** Moves market time forward by `us`, and gives the new time. */
  readonly advance: (us: number) => Effect.Effect<EpochMicros, InputError>
  readonly nowUs: Effect.Effect<EpochMicros>
  readonly setFaults: (rules: ReadonlyArray<FaultRule>) => Effect.Effect<void>
  readonly stats: Effect.Effect<ExchangeStats>
  /** Ends every connection at once. The scope does it too. */
  readonly close: Effect.Effect<void>
}

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

interface Handling extends Serving {
  readonly traffic: Traffic
  readonly timers: Timers
  readonly nowUs: () => EpochMicros
  readonly control: Routing
}

const headersOf = ({ headers }: IncomingMessage): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

const handle = (
  handling: Handling,
  request: IncomingMessage,
  response: ServerResponse,
  body: string | undefined
): Effect.Effect<void> => {
  const url = new URL(request.url ?? "/", "http://127.0.0.1")
  const method = request.method ?? "GET"
  const marketUs = handling.nowUs()
  const routed = { method, url, body, headers: headersOf(request) }
  const { api, path } = targetOf(url)
  const serving = api === "control" ? { ...handling, routing: handling.control } : handling
  return Effect.map(serveRequest(serving, routed), (served) => {
    const { answer, fault } = served
    const { endpoint, status } = answer
    handling.traffic.add({ method, api, path, query: url.search, endpoint, status, fault, marketUs })
    deliver(request, response, served, handling.tuning, handling.timers)
  })
}

const makeServer = (handling: Handling): Server =>
  createServer((request, response) => {
    readBody(request)
      .then((body) => Effect.runPromise(handle(handling, request, response, body)))
      .catch((error: unknown) => {
        // A defect of the simulator itself: the client sees a 500 that says so, and the test that caused it fails.
        if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" })
        response.end(JSON.stringify({ error: `loopback exchange: ${String(error)}` }))
      })
  })

const prepare = Effect.fnUntraced(function* (options: ExchangeOptions) {
  const clock = makeMarketClock(
    yield* Effect.clock,
    options.time ?? { kind: "manual" },
    options.startUs ?? options.backend.startUs
  )
  const { backend, faultSeed: seed = 1, trading = {} } = options
  const desk = makeTradingDesk({ backend, trading, seed, ...clock })
  const plan = makeFaultPlan(seed, options.faults ?? [])
  const traffic = makeTraffic()
  const geo = { blocked: false }
  const stats = (): ExchangeStats => ({ ...traffic.stats(), faults: plan.counts() })
  const routing = makeRouting({
    backend,
    nowUs: clock.nowUs,
    desk: options.trading === undefined ? null : desk,
    geo
  })
  const control = makeControl({ desk, clock, plan, geo, stats })
  return { clock, desk, plan, traffic, stats, routing, control }
})

/**
 * Starts the loopback exchange on 127.0.0.1: Gamma, data-api and CLOB below `/gamma`, `/data` and `/clob` of one
 * port. It answers reads from the backend at the present market time, and takes orders if it is to.
 */
export const startExchange = Effect.fn("Exchange.start")(function* (
  options: ExchangeOptions
): Effect.fn.Return<Exchange, InputError, Scope.Scope> {
  yield* checkOptions(options)
  const { clock, control, desk, plan, routing, stats, traffic } = yield* prepare(options)
  const timers: Timers = new Set()
  const tuning = { ...defaultTuning, ...options.tuning }
  const server = makeServer({ routing, plan, traffic, timers, tuning, control, nowUs: clock.nowUs })
  const port = yield* Effect.acquireRelease(listen(server, options.port ?? 0), () => stop(server, timers))
  const base = `http://127.0.0.1:${port}`
  return {
    port,
    urls: {
      gamma: `${base}/gamma`,
      data: `${base}/data`,
      clob: `${base}/clob`,
      geoblock: `${base}/geoblock/api/geoblock`,
      control: `${base}/control`
    },
    trading: desk.engine,
    advance: clock.advance,
    nowUs: Effect.sync(clock.nowUs),
    setFaults: (rules) => Effect.sync(() => plan.set(rules)),
    stats: Effect.sync(stats),
    close: stop(server, timers)
  }
})
