import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { type Backend, type ExchangeView } from "../../src/simulator/Backend.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { type Loose } from "./support.ts"

const HOUR = 3_600_000_000
const DAY = 24 * HOUR

const markets = (view: ExchangeView): Array<Loose> => view.gammaMarkets().map((row) => JSON.parse(row.json()))
const yes = (market: Loose): number => Number(JSON.parse(market.outcomePrices)[0])

const fingerprint = (backend: Backend, us: number): string => {
  const view = backend.at(us)
  const hash = createHash("sha256")
  for (const row of view.gammaMarkets()) {
    hash.update(row.json())
    hash.update(JSON.stringify(row.tokenIds.map((id) => view.book(id) ?? null)))
  }
  for (const row of view.gammaEvents()) hash.update(row.json())
  for (const row of view.clobMarkets("markets")) hash.update(row.json() + row.simplifiedJson())
  for (const trade of view.trades()) hash.update(trade.json())
  return hash.digest("hex")
}

describe("generated universe", () => {
  it("is the same bytes for the same seed and time, however it got there", () => {
    const options = { seed: 7, markets: 200 }
    const [a, b] = [makeUniverse(options), makeUniverse(options)]
    for (let hour = 1; hour <= 30; hour++) a.at(a.startUs + hour * HOUR)
    const there = fingerprint(a, a.startUs + 30 * HOUR + 1)
    expect(fingerprint(b, b.startUs + 30 * HOUR + 299_000_000)).toBe(there)
    expect(fingerprint(b, b.startUs + 40 * HOUR)).not.toBe(there)
    // Back in time.
    expect(fingerprint(b, b.startUs + 30 * HOUR)).toBe(there)
    expect(fingerprint(makeUniverse({ seed: 8, markets: 200 }), b.startUs + 30 * HOUR)).not.toBe(there)
  })

  it("has about as many markets as asked, with ids like the real ones", () => {
    const universe = makeUniverse({ seed: 1 })
    const rows = markets(universe.at(universe.startUs))
    expect(rows.length).toBeGreaterThan(2_000)
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length)
    expect(new Set(rows.map((row) => row.slug)).size).toBe(rows.length)
    for (const row of rows) {
      expect(row.id).toMatch(/^\d+$/)
      expect(row.conditionId).toMatch(/^0x[0-9a-f]{64}$/)
      for (const token of JSON.parse(row.clobTokenIds)) expect(token).toMatch(/^\d{77,78}$/)
      expect(row.orderMinSize).toBe(5)
      expect(row.feesEnabled).toBe(row.feeSchedule !== undefined)
      expect(row.events[0].negRisk).toBe(row.negRisk)
    }
    expect(rows.some((row) => /[\u3040-\u30ff\u4e00-\u9fff]/.test(row.question))).toBe(true)
    expect(rows.some((row) => row.question.includes('"'))).toBe(true)
    expect(rows.some((row) => row.question.length > 400)).toBe(true)
    expect(rows.some((row) => row.question.includes("\u001b"))).toBe(true)
  })

  it("keeps open quotes on the tick grid, a spread of 1 to 4 ticks, and the middle as price", () => {
    const universe = makeUniverse({ seed: 3, markets: 600 })
    for (const hours of [0, 5, 50]) {
      const open = markets(universe.at(universe.startUs + hours * HOUR)).filter((row) => !row.closed)
      const ticks = new Set<number>()
      for (const row of open) {
        const tick = row.orderPriceMinTickSize
        ticks.add(tick)
        const [bid, ask] = [Math.round(row.bestBid / tick), Math.round(row.bestAsk / tick)]
        expect(Math.abs(bid * tick - row.bestBid)).toBeLessThan(1e-9)
        expect(ask - bid).toBeGreaterThanOrEqual(1)
        expect(ask - bid).toBeLessThanOrEqual(4)
        expect(row.bestBid).toBeGreaterThan(0)
        expect(row.bestAsk).toBeLessThan(1)
        expect(yes(row)).toBeCloseTo((row.bestBid + row.bestAsk) / 2, 10)
        const [a, b] = JSON.parse(row.outcomePrices).map(Number)
        expect(a + b).toBeCloseTo(1, 10)
      }
      expect([...ticks].sort()).toEqual([0.001, 0.01])
    }
  })

  it("gives the strategies work: spreads between sources, groups off one, unlikely markets", () => {
    const universe = makeUniverse({ seed: 7 })
    let [apart, off] = [0, 0]
    for (const hours of [0, 12, 24]) {
      const view = universe.at(universe.startUs + hours * HOUR)
      const open = markets(view).filter((row) => !row.closed)
      const clob = new Map(
        view.clobMarkets("sampling-markets").map((row) => {
          const market = JSON.parse(row.json())
          return [market.condition_id, market.tokens[0].price] as const
        })
      )
      apart += open.filter((row) => Math.abs((clob.get(row.conditionId) ?? yes(row)) - yes(row)) >= 0.03).length
      const sums = new Map<string, number>()
      for (const row of open) if (row.negRisk) sums.set(row.events[0].id, (sums.get(row.events[0].id) ?? 0) + yes(row))
      const deviations = [...sums.values()].map((sum) => Math.abs(sum - 1))
      off += deviations.filter((deviation) => deviation >= 0.04).length
      expect(Math.max(...deviations)).toBeLessThan(0.25)
      expect(deviations.filter((deviation) => deviation < 0.04).length).toBeGreaterThan(deviations.length / 2)
      expect(
        open.filter((row) => yes(row) >= 0.01 && yes(row) <= 0.15 && row.liquidityNum > 50).length
      ).toBeGreaterThan(100)
      expect(open.filter((row) => yes(row) > 0.85).length).toBeGreaterThan(50)
    }
    expect(apart).toBeGreaterThan(6)
    expect(off).toBeGreaterThan(10)
  })

  it("resolves markets as time passes, one winner in a group, and lists new ones", () => {
    const universe = makeUniverse({ seed: 5, markets: 1_200 })
    const before = markets(universe.at(universe.startUs))
    const view = universe.at(universe.startUs + 8 * DAY)
    const after = markets(view)
    const closed = after.filter((row) => row.closed)
    expect(closed.length).toBeGreaterThan(before.filter((row) => row.closed).length + 50)
    expect(after.length).toBeGreaterThan(before.length)
    const payouts = new Map<string, number>()
    for (const row of closed) {
      payouts.set(row.outcomePrices, (payouts.get(row.outcomePrices) ?? 0) + 1)
      expect(row.umaResolutionStatus).toBe("resolved")
      expect(row.closedTime).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00$/)
      expect(row.acceptingOrders).toBe(false)
      const clob = JSON.parse(view.clobMarket(row.conditionId)!.json())
      expect(clob.tokens.map((token: Loose) => token.winner)).toEqual(
        JSON.parse(row.outcomePrices).map((price: string) => price === "1")
      )
      expect(view.book(JSON.parse(row.clobTokenIds)[0])).toBeUndefined()
    }
    expect([...payouts.keys()].sort()).toEqual(['["0", "1"]', '["0.5", "0.5"]', '["1", "0"]'])
    expect(payouts.get('["0.5", "0.5"]')!).toBeLessThan(closed.length / 30)
    const groups = new Map<string, number>()
    for (const row of closed)
      if (row.negRisk) groups.set(row.events[0].id, (groups.get(row.events[0].id) ?? 0) + yes(row))
    expect(groups.size).toBeGreaterThan(5)
    for (const winners of groups.values()) expect(winners).toBe(1)
    // What is proposed still trades, and drifts to its outcome.
    for (const row of after.filter((each) => each.umaResolutionStatus === "proposed")) expect(row.closed).toBe(false)
    // No update lies in the future.
    for (const row of after) expect(Date.parse(row.updatedAt) * 1_000).toBeLessThanOrEqual(universe.startUs + 8 * DAY)
  })

  it("mirrors the NO book, best price last, and agrees with Gamma's quote", () => {
    const universe = makeUniverse({ seed: 2, markets: 300 })
    const view = universe.at(universe.startUs + 3 * HOUR)
    let [books, same] = [0, 0]
    for (const row of view.gammaMarkets()) {
      const [yesBook, noBook] = row.tokenIds.map((id) => view.book(id))
      if (yesBook === undefined || noBook === undefined) continue
      books += 1
      const mirrored = noBook.asks.map(({ price, size }) => [Math.round(1_000 - Number(price) * 1_000), size])
      expect(mirrored).toEqual(yesBook.bids.map(({ price, size }) => [Math.round(Number(price) * 1_000), size]))
      const bids = yesBook.bids.map(({ price }) => Number(price))
      const asks = yesBook.asks.map(({ price }) => Number(price))
      expect(bids).toEqual([...bids].sort((a, b) => a - b))
      expect(asks).toEqual([...asks].sort((a, b) => b - a))
      expect(bids.length).toBeLessThanOrEqual(10)
      expect(bids.at(-1)!).toBeLessThan(asks.at(-1)!)
      if (row.field("bestBid") === bids.at(-1) && row.field("bestAsk") === asks.at(-1)) same += 1
    }
    expect(books).toBeGreaterThan(200)
    expect(same / books).toBeGreaterThan(0.9)
    expect(same).toBeLessThan(books)
  })

  it("lists trades newest first at prices of the books", () => {
    const universe = makeUniverse({ seed: 4, markets: 300 })
    const now = universe.startUs + 2 * HOUR
    const trades = [...universe.at(now).trades()]
    expect(trades.length).toBeGreaterThan(200)
    for (const [i, trade] of trades.entries()) {
      expect(trade.timestamp * 1_000_000).toBeLessThanOrEqual(now)
      expect(trade.price).toBeGreaterThan(0)
      expect(trade.price).toBeLessThan(1)
      if (i > 0) expect(trade.timestamp).toBeLessThanOrEqual(trades[i - 1]!.timestamp)
    }
    expect(trades.some((trade) => Math.abs(trade.price * 1_000 - Math.round(trade.price * 1_000)) > 1e-6)).toBe(true)
  })

  it("tells the same past, whenever it is asked", () => {
    const universe = makeUniverse({ seed: 6, markets: 200 })
    const start = universe.startUs / 1_000_000
    const rows = universe
      .at(universe.startUs)
      .gammaMarkets()
      .filter((row) => row.field("closed") === false)
    const tokens = rows.slice(0, 40).map((row) => row.tokenIds[0]!)
    const early = universe.at(universe.startUs + 2 * HOUR)
    const ask = (view: ExchangeView) => tokens.map((token) => view.history(token, start - 86_400, start + 7_200, 600))
    const before = ask(early)
    // The price of the present agrees with the book, to a tick or two.
    let compared = 0
    for (const token of tokens) {
      const last = early.history(token, start + 6_900, start + 7_200, 300)!.at(-1)!
      const book = early.book(token)
      if (book === undefined) continue
      compared += 1
      const middle = (Number(book.bids.at(-1)!.price) + Number(book.asks.at(-1)!.price)) / 2
      expect(Math.abs(middle - last.p)).toBeLessThan(0.025)
    }
    expect(compared).toBeGreaterThan(30)
    expect(ask(universe.at(universe.startUs + 3 * DAY))).toEqual(before)
    expect(before.filter((points) => (points?.length ?? 0) > 100).length).toBeGreaterThan(20)
  })
})
