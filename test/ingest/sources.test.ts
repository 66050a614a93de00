import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import { type SourceId } from "../../src/domain/ids.ts"
import { layer as ingestorLayer } from "../../src/ingest/Ingestor.ts"
import { layer as sourcesLayer } from "../../src/ingest/IngestSources.ts"
import { Ingestor } from "../../src/ports/Ingestor.ts"
import { sendJson, serve } from "../polymarket/testServer.ts"
import { makeMemoryRepo } from "./memoryRepo.ts"

type DataConfig = AppConfigShape["data"]

const hosts: Partial<DataConfig> = {
  gamma_base_url: "http://127.0.0.1:1/gamma",
  data_base_url: "http://127.0.0.1:1/data",
  clob_base_url: "http://127.0.0.1:1/clob"
}

const ingestWith = (client: Layer.Layer<HttpClient.HttpClient>, data: Partial<DataConfig>) =>
  Effect.gen(function* () {
    const memory = yield* makeMemoryRepo()
    const config = Layer.succeed(AppConfig, { ...defaultConfig, data: { ...defaultConfig.data, ...hosts, ...data } })
    const ingestor = yield* Effect.provide(
      Ingestor,
      ingestorLayer.pipe(Layer.provide(sourcesLayer), Layer.provide(Layer.mergeAll(config, memory.layer, client)))
    )
    const run = (...sources: ReadonlyArray<SourceId>) => ingestor.run({ sources, limit: 1_000, incremental: true })
    return { run, state: Ref.get(memory.state) }
  })

/** An HTTP client that answers from a script, one answer per request, and notes the virtual time of each. */
const scripted = (script: ReadonlyArray<() => Response>) => {
  const times: Array<number> = []
  const client = HttpClient.make((request) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      const answer = script[Math.min(times.length, script.length - 1)]
      times.push(at)
      return HttpClientResponse.fromWeb(request, answer?.() ?? new Response("", { status: 500 }))
    })
  )
  return { times, layer: Layer.succeed(HttpClient.HttpClient, client) }
}

const json = (body: unknown) => () => new Response(JSON.stringify(body))
const status =
  (code: number, headers: Record<string, string> = {}) =>
  () =>
    new Response("no", { status: code, headers })
const markets = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: String(from + i), outcomePrices: ["0.5", "0.5"] }))

describe("retries and pace on virtual time", () => {
  it.effect("waits as the server asks after 429, counts the failure and the retry, and goes on", () =>
    Effect.gen(function* () {
      const http = scripted([
        status(429, { "retry-after": "9" }),
        json({ markets: markets(0, 3), next_cursor: "a" }),
        json({ markets: markets(3, 2) })
      ])
      const { run, state } = yield* ingestWith(http.layer, { include_closed: false })
      const fiber = yield* Effect.fork(run("gamma"))
      yield* TestClock.adjust("1 minute")
      const report = yield* Fiber.join(fiber)
      assert.strictEqual(report.status, "ok")
      assert.deepStrictEqual(http.times, [0, 9_000, 9_250])
      assert.deepInclude((yield* state).runs[0], { requestCount: 3, failureCount: 1, retryCount: 1, rowsIngested: 5 })
      assert.deepStrictEqual(
        (yield* state).runs[0]?.buckets.map(({ bucket, count }) => [bucket, count]),
        [["http_429", 1]]
      )
    })
  )

  it.effect("gives up after max_retries, keeps the pages before, and asks no more", () =>
    Effect.gen(function* () {
      const http = scripted([json({ markets: markets(0, 3), next_cursor: "a" }), status(503)])
      const { run, state } = yield* ingestWith(http.layer, { max_retries: 2 })
      const fiber = yield* Effect.fork(Effect.withRandomFixed(run("gamma"), [0.5]))
      yield* TestClock.adjust("1 minute")
      const report = yield* Fiber.join(fiber)
      assert.strictEqual(report.status, "partial")
      assert.deepStrictEqual(http.times, [0, 250, 1_250, 3_250])
      assert.deepInclude((yield* state).runs[0], { requestCount: 4, failureCount: 3, retryCount: 2, rowsIngested: 3 })
    })
  )

  it.effect("does not retry a 4xx", () =>
    Effect.gen(function* () {
      const http = scripted([status(422)])
      const { run } = yield* ingestWith(http.layer, {})
      const report = yield* run("gamma")
      assert.strictEqual(report.status, "error")
      assert.deepInclude(report.sources[0], { requestCount: 1, failureCount: 1, retryCount: 0 })
    })
  )

  it.effect("skips the data API's 404 without a retry or a failure", () =>
    Effect.gen(function* () {
      const http = scripted([status(404)])
      const { run } = yield* ingestWith(http.layer, {})
      const report = yield* run("data")
      assert.strictEqual(report.status, "ok")
      assert.deepInclude(report.sources[0], { requestCount: 1, failureCount: 0, retryCount: 0, rowsIngested: 0 })
      assert.deepStrictEqual(
        report.sources[0]?.buckets.map(({ bucket, count }) => [bucket, count]),
        [["source_skipped_404", 1]]
      )
    })
  )

  it.effect("a 404 of the other sources is a failure", () =>
    Effect.gen(function* () {
      const http = scripted([status(404)])
      const { run } = yield* ingestWith(http.layer, {})
      assert.strictEqual((yield* run("clob")).sources[0]?.buckets[0]?.bucket, "http_4xx")
    })
  )
})

describe("base URLs", () => {
  it.effect("plain http to another machine is refused, naming the key", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        ingestWith(FetchHttpClient.layer, { clob_base_url: "http://clob.polymarket.com" })
      )
      assert.strictEqual(
        error.message,
        "data.clob_base_url: must start with https:// (http:// is allowed for localhost only)"
      )
    })
  )
})

describe("over a loopback server", () => {
  it.scopedLive("ingests all three sources at once, under path prefixes", () =>
    Effect.gen(function* () {
      const server = yield* serve((url, response) => {
        const { pathname, searchParams } = url
        if (pathname === "/gamma/markets/keyset") {
          const closed = searchParams.get("closed") === "true"
          return sendJson(response, { markets: markets(closed ? 50 : 0, 2) })
        }
        if (pathname === "/clob/sampling-markets") {
          const second = searchParams.get("next_cursor") !== null
          return sendJson(response, {
            data: [{ condition_id: second ? "b" : "a" }],
            next_cursor: second ? "LTE=" : "Mg=="
          })
        }
        return sendJson(response, { error: "not found" }, 404)
      })
      const { run, state } = yield* ingestWith(FetchHttpClient.layer, {
        gamma_base_url: `${server.baseUrl}/gamma/`,
        data_base_url: `${server.baseUrl}/data`,
        clob_base_url: `${server.baseUrl}/clob`,
        rate_limit_per_sec: 1_000
      })
      const report = yield* run("gamma", "data", "clob")
      assert.strictEqual(report.status, "ok")
      assert.deepStrictEqual([...(yield* state).markets.keys()].sort(), [
        "clob:a",
        "clob:b",
        "gamma:0",
        "gamma:1",
        "gamma:50",
        "gamma:51"
      ])
    })
  )
})
