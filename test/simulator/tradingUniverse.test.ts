import { describe, expect, it } from "vitest"
import { type ClobMarketRow } from "../../src/simulator/Backend.ts"
import { makeTradingEngine } from "../../src/simulator/makeTradingEngine.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { limit, MAKER, OWNER } from "./tradingSupport.ts"

const STEP = 300_000_000

/** Bids one tick above the best bid of thirty markets, for either token in turn, and lets half a day pass. */
const session = () => {
  const universe = makeUniverse({ seed: 5, markets: 60 })
  const engine = makeTradingEngine({ backend: universe, settings: { startBalance: 1e12 } })
  const start = universe.startUs
  engine.openWallet(MAKER, start)
  const view = universe.at(start)
  const open = view.clobMarkets("markets").filter((row: ClobMarketRow) => !row.closed && row.tokens.length === 2)
  const orders = open.slice(0, 60).flatMap((row, i) => {
    const tokenId = row.tokens[i % 2]!.id
    const { asks, bids } = engine.book(tokenId, start)!
    const price = (bids.at(-1)![0] + row.tick * 1e6) / 1e6
    if (price * 1e6 >= asks.at(-1)![0]) return []
    return [limit({ id: `0x${i}`, tokenId, price, qty: 200, negRisk: row.negRisk })]
  })
  const answers = orders.map((order) => engine.place(order, start))
  for (let step = 1; step <= 144; step++) engine.openOrders(OWNER, start + step * STEP)
  return { engine, orders, answers, trades: engine.trades(OWNER, start + 145 * STEP) }
}

describe("the matching engine on the generated universe", () => {
  const first = session()

  it("lets prices come to orders that rest, and pays the order's own price", () => {
    expect(first.orders.length).toBeGreaterThan(15)
    expect(first.answers.map((answer) => (answer._tag === "placed" ? answer.status : answer.error))).toEqual(
      first.orders.map(() => "live")
    )
    const byOrder = new Map(first.orders.map((order) => [order.id, order]))
    let spent = 0
    for (const { makers, takerOwner } of first.trades) {
      expect(takerOwner).not.toBe(OWNER)
      for (const row of makers) {
        const order = byOrder.get(row.orderId)!
        expect(row.price * order.takerAmount).toBe(order.makerAmount * 1e6)
        expect(row.tokenId).toBe(order.tokenId)
        spent += (row.price * row.qty) / 1e6
      }
    }
    expect(new Set(first.trades.flatMap(({ makers }) => makers.map(({ orderId }) => orderId))).size).toBeGreaterThan(10)
    expect(first.engine.balance(MAKER, null, first.engine.state.nowUs)).toBe(1e12 - spent)
    // Some who came sold the token, some bought the other one.
    expect(new Set(first.trades.map(({ side }) => side))).toEqual(new Set(["buy", "sell"]))
    expect(new Set(first.trades.map(({ id }) => id)).size).toBe(first.trades.length)
    for (const { id, transactionHash } of first.trades) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(transactionHash).toMatch(/^0x[0-9a-f]{64}$/)
    }
  })

  it("does the same when it is asked the same again", () => {
    expect(session().trades).toEqual(first.trades)
  })

  it("shows the backend's own book where nobody of ours has traded", () => {
    const universe = makeUniverse({ seed: 6, markets: 100 })
    const engine = makeTradingEngine({ backend: universe })
    const view = universe.at(universe.startUs)
    for (const row of view.clobMarkets("markets").slice(0, 20)) {
      for (const { id } of row.tokens) {
        const shown = view.book(id)
        const book = engine.book(id, universe.startUs)
        const text = (levels: ReadonlyArray<readonly [number, number]> | undefined) =>
          levels?.map(([price, qty]) => ({ price: String(price / 1e6), size: String(qty / 1e6) }))
        expect(text(book?.bids)).toEqual(shown?.bids)
        expect(text(book?.asks)).toEqual(shown?.asks)
      }
    }
    expect(engine.state.books.size).toBe(0)
  })
})
