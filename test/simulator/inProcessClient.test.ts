import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { onVirtualTime, type VirtualClock } from "../../src/app/virtualClock.ts"
import { makeGetJson } from "../../src/polymarket/http.ts"
import { type FaultKind } from "../../src/simulator/faults.ts"
import { type InProcessExchange, makeInProcessExchange } from "../../src/simulator/inProcessClient.ts"
import { startExchange } from "../../src/simulator/server.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"

const backend = () => makeUniverse({ seed: 3, markets: 30 })
const withExchange = <A, E>(body: (exchange: InProcessExchange, clock: VirtualClock) => Effect.Effect<A, E>) => {
  const exchange = makeInProcessExchange({ backend: backend(), tuning: { hugeBytes: 3_000_000 } })
  return Effect.runPromise(onVirtualTime(backend().startUs, (clock) => body(exchange, clock)))
}
const getter = (exchange: InProcessExchange) =>
  makeGetJson(exchange.client, { source: "gamma", baseUrl: exchange.urls.gamma, timeoutSec: 15, maxBodyMb: 2 })
const markets = { path: "/markets", query: { limit: "5" }, read: (value: unknown) => ({ value }) }
const text = (client: HttpClient.HttpClient, url: string) =>
  Effect.flatMap(client.get(url), (response) => response.text)

describe("the exchange without sockets", () => {
  it("answers as the one with sockets does", () =>
    withExchange((exchange) =>
      Effect.scoped(
        Effect.gen(function* () {
          const served = yield* startExchange({ backend: backend() })
          for (const path of [
            "/gamma/markets?limit=3",
            "/gamma/events?limit=2",
            "/clob/sampling-markets",
            "/data/nothing",
            "/x"
          ]) {
            const here = yield* exchange.client.get(`http://anywhere${path}`)
            const there = yield* Effect.promise(() => fetch(`http://127.0.0.1:${served.port}${path}`))
            expect([path, here.status]).toEqual([path, there.status])
            expect(yield* here.text).toBe(yield* Effect.promise(() => there.text()))
            expect(here.headers["content-type"]).toBe(there.headers.get("content-type"))
          }
          expect(exchange.requests()).toBe(5)
        })
      )
    ))

  it("moves with the clock", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const url = `${exchange.urls.gamma}/markets?limit=20`
        const first = yield* text(exchange.client, url)
        expect(yield* text(exchange.client, url)).toBe(first)
        yield* Effect.sleep("6 hours")
        expect(yield* text(exchange.client, url)).not.toBe(first)
      })
    ))

  it("suffers every fault, and no fault takes real time", async () => {
    const expected: ReadonlyArray<readonly [FaultKind, string, number]> = [
      ["429", "http_429", 0],
      ["500", "http_5xx", 0],
      ["502", "http_5xx", 0],
      ["503", "http_5xx", 0],
      ["425", "http_5xx", 0],
      ["truncated", "decode", 0],
      ["html", "decode", 0],
      ["empty", "decode", 0],
      ["huge", "decode", 0],
      ["reset", "network", 0],
      ["timeout", "timeout", 15],
      ["slow", "timeout", 15]
    ]
    for (const [kind, bucket, seconds] of expected) {
      await withExchange((exchange, clock) =>
        Effect.gen(function* () {
          exchange.setFaults([{ kind, api: null, rate: 1, count: 1 }])
          const begun = clock.nowUs
          const error = yield* Effect.flip(getter(exchange)(markets))
          expect([kind, error.bucket]).toEqual([kind, bucket])
          expect([kind, (clock.nowUs - begun) / 1e6]).toEqual([kind, seconds])
          expect(exchange.faultCounts()).toEqual({ [kind]: 1 })
          expect(yield* getter(exchange)(markets)).toHaveLength(5)
        })
      )
    }
  })
})
