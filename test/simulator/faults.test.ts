import { request } from "node:http"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { type Fault, type FaultRule, makeFaultPlan, parseFaults } from "../../src/simulator/faults.ts"
import { type Exchange, type ExchangeOptions } from "../../src/simulator/server.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { withExchange } from "./support.ts"

const backend = makeUniverse({ seed: 1, markets: 60 })
const rules = (text: string): ReadonlyArray<FaultRule> => Effect.runSync(parseFaults(text))
const problem = (text: string): string => Effect.runSync(Effect.flip(parseFaults(text))).message

const withFault = <A>(text: string, body: (exchange: Exchange) => Promise<A>, more: Partial<ExchangeOptions> = {}) =>
  withExchange({ backend, faults: rules(text), ...more }, body)

/** One turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("fault rules", () => {
  it("are read as typed", () => {
    expect(rules("429:0.1, gamma/timeout:0.05,reset#3,data/5xx:0.5#10")).toEqual([
      { kind: "429", api: null, rate: 0.1, count: null },
      { kind: "timeout", api: "gamma", rate: 0.05, count: null },
      { kind: "reset", api: null, rate: 1, count: 3 },
      { kind: "5xx", api: "data", rate: 0.5, count: 10 }
    ])
    expect(rules("")).toEqual([])
  })

  it("are refused with what is allowed", () => {
    expect(problem("teapot")).toBe(
      '--fault: unknown fault "teapot": use one of 429, 5xx, 500, 502, 503, 425, timeout, reset, truncated, html, empty, slow, huge, wrong-shape, duplicate; ' +
        "write [gamma/|data/|clob/[ENDPOINT/]]KIND[-before|-after][:RATE][#COUNT], such as 429:0.1, gamma/timeout:0.05, " +
        "reset#3 or clob/order/reset-after#1"
    )
    expect(problem("ws/reset")).toContain('unknown API "ws": use one of gamma, data, clob')
    for (const rate of ["0", "1.5", "-1", "NaN", "x"])
      expect(problem(`429:${rate}`)).toContain("must be above 0 and at most 1")
    for (const count of ["0", "1.5", "-3", "many"])
      expect(problem(`429#${count}`)).toContain("must be a whole number from 1")
    expect(problem("429::1")).toContain("cannot read")
  })

  it("hit the same requests for the same seed, at their rate", () => {
    const play = (seed: number) => {
      const plan = makeFaultPlan(seed, rules("gamma/5xx:0.2,429:0.1"))
      return Array.from({ length: 2_000 }, (_, i) => plan.next(i % 2 === 0 ? "gamma" : "clob"))
    }
    expect(play(3)).toEqual(play(3))
    expect(play(3)).not.toEqual(play(4))
    const hits = play(3)
    const share = (wanted: (fault: Fault | null) => boolean) => hits.filter(wanted).length / hits.length
    expect(Math.abs(share((fault) => fault === "429") - 0.09)).toBeLessThan(0.03)
    expect(Math.abs(share((fault) => ["500", "502", "503"].includes(fault ?? "")) - 0.1)).toBeLessThan(0.03)
    for (const status of ["500", "502", "503"] as const) expect(hits).toContain(status)
    expect(hits.filter((fault, i) => i % 2 === 1 && fault !== null && fault !== "429")).toEqual([])
  })
})

describe("faults on the wire", () => {
  const ask = (exchange: Exchange) => fetch(`${exchange.urls.gamma}/markets?limit=5`)

  it.each(["500", "502", "503", "425"])("status %s", (status) =>
    withFault(status, async (exchange) => {
      expect((await ask(exchange)).status).toBe(Number(status))
    })
  )

  it("429 says when to come back", () =>
    withFault(
      "429",
      async (exchange) => {
        const response = await ask(exchange)
        expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"])
      },
      { tuning: { retryAfterSec: 7 } }
    ))

  it("a timeout accepts and never answers", () =>
    withFault("timeout", async (exchange) => {
      const patience = new AbortController()
      const answer = fetch(`${exchange.urls.clob}/ok`, { signal: patience.signal }).then(
        () => "answered",
        () => "gave up"
      )
      while ((await Effect.runPromise(exchange.stats)).total === 0) await turn()
      // Another request comes and goes while the first one hangs.
      await Effect.runPromise(exchange.setFaults([]))
      expect((await fetch(`${exchange.urls.clob}/time`)).status).toBe(200)
      expect(await Promise.race([answer, turn().then(() => "hangs")])).toBe("hangs")
      patience.abort()
      expect(await answer).toBe("gave up")
      expect((await Effect.runPromise(exchange.stats)).recent[0]).toMatchObject({ endpoint: "/ok", fault: "timeout" })
    }))

  it("a reset breaks the connection", () =>
    withFault("reset", async ({ urls }) => {
      const code = await new Promise((resolve) => {
        request(`${urls.clob}/ok`)
          .on("error", (error: NodeJS.ErrnoException) => resolve(error.code))
          .end()
      })
      expect(code).toBe("ECONNRESET")
    }))

  it("truncated, html, empty and wrong-shape bodies arrive with status 200", async () => {
    const bodies = new Map<string, string>()
    for (const kind of ["truncated", "html", "empty", "wrong-shape"]) {
      await withFault(kind, async (exchange) => {
        const response = await ask(exchange)
        expect(response.status).toBe(200)
        bodies.set(kind, await response.text())
      })
    }
    expect(bodies.get("truncated")).toMatch(/^\[\{"id"/)
    expect(() => JSON.parse(bodies.get("truncated")!)).toThrow()
    expect(bodies.get("html")).toMatch(/^<!DOCTYPE html>/)
    expect(bodies.get("empty")).toBe("")
    expect(JSON.parse(bodies.get("wrong-shape")!)).not.toBeInstanceOf(Array)
  })

  it("a slow body comes one byte at a time, whole in the end", () =>
    withFault(
      "slow",
      async ({ urls }) => {
        const chunks = await new Promise<Array<string>>((resolve) => {
          const seen: Array<string> = []
          request(`${urls.clob}/version`, (response) => {
            response
              .setEncoding("utf8")
              .on("data", (chunk: string) => seen.push(chunk))
              .on("end", () => resolve(seen))
          }).end()
        })
        expect(chunks.join("")).toBe('{"version":2}')
        expect(chunks.length).toBeGreaterThan(3)
      },
      { tuning: { slowByteMs: 5 } }
    ))

  it("a huge body is as large as it says and streams", () =>
    withFault(
      "huge",
      async (exchange) => {
        const response = await ask(exchange)
        let size = 0
        for await (const chunk of response.body!) size += chunk.length
        expect(size).toBeGreaterThan(20_000_000)
        expect(size).toBeLessThan(20_000_100)
      },
      { tuning: { hugeBytes: 20_000_000 } }
    ))

  it("stay with their API, stop after their count, and can be changed", () =>
    withFault("gamma/503#2", async (exchange) => {
      const statuses = async () => [(await ask(exchange)).status, (await fetch(`${exchange.urls.clob}/ok`)).status]
      expect([await statuses(), await statuses(), await statuses()]).toEqual([
        [503, 200],
        [503, 200],
        [200, 200]
      ])
      await Effect.runPromise(exchange.setFaults(rules("clob/425")))
      expect(await statuses()).toEqual([200, 425])
      expect((await Effect.runPromise(exchange.stats)).faults).toEqual({ "425": 1, "503": 2 })
    }))

  it("do not keep the server from closing: hanging, slow and huge answers end at once", async () => {
    const open: Array<Promise<unknown>> = []
    await withFault("gamma/timeout,clob/slow,data/huge", async ({ urls, stats }) => {
      const urlsToHang = [`${urls.gamma}/markets`, `${urls.clob}/markets`, `${urls.data}/`]
      for (const url of urlsToHang)
        open.push(
          fetch(url)
            .then((response) => response.text())
            .catch(() => "cut off")
        )
      while ((await Effect.runPromise(stats)).total < 3) await turn()
    })
    expect(await Promise.all(open)).toEqual(["cut off", "cut off", expect.any(String)])
  })
})
