import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { type FaultRule, makeFaultPlan, momentOf, parseFaults } from "../../src/simulator/faults.ts"
import { type Exchange } from "../../src/simulator/server.ts"
import { makeTrader, run, type Trader, withTrading } from "./traders.ts"

const rules = (text: string): ReadonlyArray<FaultRule> => Effect.runSync(parseFaults(text))
const problem = (text: string): string => Effect.runSync(Effect.flip(parseFaults(text))).message

describe("fault rules for writes", () => {
  it("name an endpoint and a moment", () => {
    expect(rules("clob/order/reset-after#1,clob/cancel/5xx-before:0.5,clob/timeout-after,wrong-shape-after")).toEqual([
      { kind: "reset", moment: "after", api: "clob", endpoint: "order", rate: 1, count: 1 },
      { kind: "5xx", moment: "before", api: "clob", endpoint: "cancel", rate: 0.5, count: null },
      { kind: "timeout", moment: "after", api: "clob", rate: 1, count: null },
      { kind: "wrong-shape", moment: "after", api: null, rate: 1, count: null }
    ])
  })

  it.each([
    ["clob/sell/reset", 'unknown endpoint "clob/sell": use one of clob/order, clob/orders, clob/cancel, '],
    ["gamma/order/reset", 'unknown endpoint "gamma/order"'],
    ["order/reset", 'unknown API "order": use one of gamma, data, clob'],
    ["clob/order/teapot-after", 'unknown fault "teapot-after": use one of 429, '],
    ["429-after", '"429" says that nothing was done, so it comes before'],
    ["clob/order/425-after", '"425" says that nothing was done'],
    ["truncated-before", '"truncated" changes an answer, so it comes after'],
    ["clob/order/duplicate-before", '"duplicate" changes an answer'],
    ["a/b/c/reset", "cannot read"],
    ["clob//reset", "cannot read"]
  ])("%s is refused", (text, said) => {
    expect(problem(text)).toContain(`--fault: ${said}`)
    expect(problem(text)).toContain("clob/order/reset-after#1")
  })

  it("hit their endpoint only, and say their moment", () => {
    const plan = makeFaultPlan(1, rules("clob/order/reset-after#2,clob/5xx-before#1,clob/slow"))
    expect([plan.next("clob", "cancel"), plan.next("clob", "order"), plan.next("clob", "order")]).toEqual([
      expect.stringMatching(/^50[023]-before$/),
      "reset-after",
      "reset-after"
    ])
    expect([plan.next("clob", "order"), plan.next("clob"), plan.next("gamma", null)]).toEqual(["slow", "slow", null])
    expect(Object.values(plan.counts()).reduce((sum, count) => sum + count, 0)).toBe(5)
    expect([momentOf("reset"), momentOf("reset-after"), momentOf("slow"), momentOf("500-before")]).toEqual([
      { kind: "reset", moment: "before" },
      { kind: "reset", moment: "after" },
      { kind: "slow", moment: "after" },
      { kind: "500", moment: "before" }
    ])
  })
})

/** What a plain client gets to see of an answer. */
const seen = async (answer: Promise<Response>): Promise<string> => {
  try {
    const response = await answer
    const text = await response.text()
    try {
      return `${response.status} ${JSON.stringify(JSON.parse(text))}`
    } catch {
      return `${response.status} no JSON`
    }
  } catch {
    return "no answer"
  }
}

const send = (trader: Trader, method: "POST" | "DELETE", path: string, body: string, signal?: AbortSignal) =>
  seen(
    fetch(`${trader.url}${path}`, {
      method,
      body,
      headers: trader.headersAt(Math.floor(Date.now() / 1_000), method, path, body),
      ...(signal === undefined ? {} : { signal })
    })
  )

const orderOf = async (trader: Trader) => {
  const order = await trader.sign({ price: 0.4, qty: 10 })
  return { id: order.hash, body: JSON.stringify(trader.payload(order)) }
}

const rests = async (exchange: Exchange, trader: Trader, id: string) =>
  exchange.trading.order(trader.key, id, await run(exchange.nowUs)) !== undefined

const tuning = { slowByteMs: 1, hugeBytes: 200_000 }

/** What happens to one order, what its sender sees, and whether the exchange has it. */
const cases: ReadonlyArray<readonly [rule: string, sees: RegExp, taken: boolean]> = [
  ["reset", /^no answer$/, false],
  ["reset-before", /^no answer$/, false],
  ["reset-after", /^no answer$/, true],
  ["500", /^500 /, false],
  ["500-after", /^500 /, true],
  ["502-after", /^502 no JSON/, true],
  ["503", /^503 /, false],
  ["503-after", /^503 /, true],
  ["425", /^425 /, false],
  ["429", /^429 /, false],
  ["truncated", /^200 no JSON/, true],
  ["html", /^200 no JSON/, false],
  ["html-after", /^200 no JSON/, true],
  ["empty", /^200 no JSON/, false],
  ["empty-after", /^200 no JSON/, true],
  ["wrong-shape", /^200 \{"status":"ok","result"/, false],
  ["wrong-shape-after", /^200 \{"status":"ok","result"/, true],
  ["huge-after", /^200 \{"data"/, true],
  ["slow", /^200 \{"success":true/, true],
  ["duplicate", /^400 .*Duplicated\./, true]
]

describe("an order whose answer suffers", () => {
  it.each(cases)("%s: the sender sees %s, taken: %s", (rule, sees, taken) =>
    withTrading(
      async (exchange) => {
        const trader = await makeTrader(exchange)
        await run(exchange.setFaults(rules(`clob/order/${rule}#1`)))
        const { body, id } = await orderOf(trader)
        expect(await send(trader, "POST", "/order", body)).toMatch(sees)
        expect(await rests(exchange, trader, id)).toBe(taken)
        const { faults, recent } = await run(exchange.stats)
        expect(faults).toEqual({ [rule]: 1 })
        expect(recent.at(-1)).toMatchObject({
          endpoint: "POST /order",
          status: taken && rule !== "duplicate" ? 200 : taken ? 400 : 0
        })
        // The rule is spent: sent again, it is new or known.
        expect(await send(trader, "POST", "/order", body)).toMatch(taken ? /Duplicated/ : /"success":true/)
        expect(exchange.trading.openOrders(trader.key, await run(exchange.nowUs))).toHaveLength(1)
      },
      {},
      { tuning }
    )
  )

  it.each([
    ["timeout", false],
    ["timeout-after", true]
  ] as const)("%s: the sender gives up, taken: %s", (rule, taken) =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      await run(exchange.setFaults(rules(`clob/order/${rule}#1`)))
      const { body, id } = await orderOf(trader)
      const before = (await run(exchange.stats)).total
      const patience = new AbortController()
      const answer = send(trader, "POST", "/order", body, patience.signal)
      while ((await run(exchange.stats)).total === before) await new Promise((resolve) => setImmediate(resolve))
      patience.abort()
      expect(await answer).toBe("no answer")
      expect(await rests(exchange, trader, id)).toBe(taken)
    })
  )

  it("is not taken by what it does to an order that is refused", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      await run(exchange.setFaults(rules("clob/order/500-after#1")))
      const order = await trader.sign({ price: 0.4, qty: 1 })
      expect(await send(trader, "POST", "/order", JSON.stringify(trader.payload(order)))).toMatch(/^500/)
      expect((await run(exchange.stats)).recent.at(-1)).toMatchObject({ status: 400, fault: "500-after" })
      expect(await rests(exchange, trader, order.hash)).toBe(false)
    }))

  it("hits nothing but its endpoint", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      await run(exchange.setFaults(rules("clob/order/reset")))
      expect((await trader.request("GET", "/data/orders")).status).toBe(200)
      expect((await trader.request("DELETE", "/cancel-all")).status).toBe(200)
      const { body } = await orderOf(trader)
      expect(await send(trader, "POST", "/orders", `[${body}]`)).toMatch(/^200/)
      expect(await send(trader, "POST", "/order", body)).toBe("no answer")
    }))
})

describe("a cancel whose answer suffers", () => {
  it.each([
    ["cancel", "/order", "reset", /^no answer$/, false],
    ["cancel", "/order", "reset-after", /^no answer$/, true],
    ["cancel", "/order", "503-after", /^503/, true],
    ["cancel", "/order", "duplicate", /"canceled":\[\],"not_canceled":\{.*already canceled/, true],
    ["cancel-all", "/cancel-all", "5xx", /^50/, false],
    ["cancel-all", "/cancel-all", "truncated", /^200 no JSON/, true]
  ] as const)("clob/%s (%s), %s: cancelled: %s", (name, path, rule, sees, gone) =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const { body, id } = await orderOf(trader)
      await send(trader, "POST", "/order", body)
      await run(exchange.setFaults(rules(`clob/${name}/${rule}#1`)))
      expect(await send(trader, "DELETE", path, JSON.stringify({ orderID: id }))).toMatch(sees)
      expect(await rests(exchange, trader, id)).toBe(!gone)
    })
  )
})

describe("a listing that suffers", () => {
  it("duplicate: every row comes twice, and our client counts it once", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const { body, id } = await orderOf(trader)
      await send(trader, "POST", "/order", body)
      await run(exchange.setFaults(rules("clob/open-orders/duplicate")))
      const { data } = (await trader.request("GET", "/data/orders")).body
      expect(data.map((row: { readonly id: string }) => row.id)).toEqual([id, id])
      expect(await run(trader.client.openOrders())).toMatchObject([{ id }])
    }))
})

describe("credentials whose answer suffers", () => {
  it("exist after an answer that was lost afterwards, and can be derived", () =>
    withTrading(
      async (exchange) => {
        // Our client derives first, is refused, and creates: the answer to that is lost.
        await expect(makeTrader(exchange)).rejects.toThrow()
        expect((await run(exchange.stats)).requests).toMatchObject({ "clob POST /auth/api-key": 1 })
        const trader = await makeTrader(exchange)
        expect((await trader.request("GET", "/auth/api-keys")).body.apiKeys).toEqual([trader.key])
      },
      {},
      { faults: rules("clob/create-key/reset-after#1") }
    ))
})
