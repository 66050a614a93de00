import { describe, expect, it } from "vitest"
import { type TradeCourse } from "../../src/simulator/TradingEngine.ts"
import { engineOver, errorOf, limit, MAKER, NO, OWNER, SECOND, START, usual, YES } from "./tradingSupport.ts"

const course = (fate: TradeCourse): ReadonlyArray<string> => {
  const engine = engineOver()
  engine.setCourse(fate)
  engine.place(limit({ price: 0.52, qty: 10 }), START)
  const statuses: Array<string> = []
  for (let half = 0; half <= 12; half++) {
    const [trade] = engine.trades(OWNER, START + (half * SECOND) / 2)
    const text = `${trade!.status} ${(trade!.updatedAtUs - START) / SECOND}`
    if (statuses.at(-1) !== text) statuses.push(text)
  }
  return statuses
}

describe("the life of a trade", () => {
  it("goes by market time, to its end or to its failure", () => {
    expect(course("confirm")).toEqual(["MATCHED 0", "MINED 2", "CONFIRMED 4"])
    expect(course("retry_then_confirm")).toEqual(["MATCHED 0", "RETRYING 1", "MINED 3", "CONFIRMED 5"])
    expect(course("fail")).toEqual(["MATCHED 0", "RETRYING 1", "FAILED 2"])
    expect(course("stay_matched")).toEqual(["MATCHED 0"])
  })

  it("is the same when nobody looked in between", () => {
    const engine = engineOver()
    engine.setCourse("fail")
    engine.place(limit({ price: 0.52, qty: 10 }), START)
    expect(engine.trades(OWNER, START + 60 * SECOND)).toMatchObject([
      { status: "FAILED", matchedAtUs: START, updatedAtUs: START + 2 * SECOND }
    ])
  })

  it("changes its transaction when it is sent again", () => {
    const engine = engineOver()
    engine.setCourse("retry_then_confirm")
    engine.place(limit({ price: 0.52, qty: 10 }), START)
    const hash = (seconds: number) => engine.trades(OWNER, START + seconds * SECOND)[0]!.transactionHash
    const [first, second] = [hash(0), hash(1)]
    expect(first).toMatch(/^0x[0-9a-f]{64}$/)
    expect(second).not.toBe(first)
    expect(hash(9)).toBe(second)
  })

  it("applies to trades that happen after it was set", () => {
    const engine = engineOver()
    engine.place(limit({ price: 0.52, qty: 10 }), START)
    engine.setCourse("fail")
    engine.place(limit({ price: 0.52, qty: 20 }), START)
    expect(engine.trades(OWNER, START + 9 * SECOND).map(({ qty, status }) => [qty, status])).toEqual([
      [20_000_000, "FAILED"],
      [10_000_000, "CONFIRMED"]
    ])
  })
})

describe("a trade that fails", () => {
  it("gives money, shares and fee back on both sides, and what it took does not come back to the book", () => {
    const engine = engineOver([{ ...usual, asks: [[0.9, 10]] }], { rate: 0.05 })
    engine.openWallet("0xbbbb", START)
    engine.setCourse("fail")
    const bid = limit({ price: 0.5, qty: 30 })
    engine.place(bid, START)
    engine.place(limit({ price: 0.5, qty: 20, tokenId: NO, maker: "0xbbbb", owner: "key-2" }), START)
    const held = (maker: string, us: number) => [null, YES, NO].map((token) => engine.balance(maker, token, us) / 1e6)
    expect(held(MAKER, START)).toEqual([990, 20, 0])
    expect(held("0xbbbb", START)).toEqual([990 - 0.25, 0, 20])
    const later = START + 2 * SECOND
    expect(held(MAKER, later)).toEqual([1_000, 0, 0])
    expect(held("0xbbbb", later)).toEqual([1_000, 0, 0])
    expect(engine.order(OWNER, bid.id, later)).toMatchObject({ qty: 30_000_000, filledQty: 20_000_000 })
    expect(engine.book(YES, later)!.bids.at(-1)).toEqual([500_000, 10_000_000])
  })

  it("cancels orders that offered its shares", () => {
    const engine = engineOver()
    engine.setCourse("fail")
    engine.place(limit({ price: 0.52, qty: 10 }), START)
    engine.setCourse("confirm")
    engine.place(limit({ price: 0.53, qty: 110 }), START)
    const [small, large] = [5, 112].map((qty) => limit({ side: "sell", price: 0.6, qty }))
    expect(errorOf(engine.place(small!, START))).toBe("placed live")
    expect(errorOf(engine.place(large!, START))).toBe("placed live")
    const later = START + 2 * SECOND
    expect(engine.openOrders(OWNER, later).map(({ order }) => order.id)).toEqual([small!.id])
    expect(engine.balance(MAKER, YES, later)).toBe(110_000_000)
  })

  it("takes the trades with it that used its shares", () => {
    const engine = engineOver()
    engine.setCourse("fail")
    engine.place(limit({ price: 0.52, qty: 10 }), START)
    engine.setCourse("confirm")
    engine.place(limit({ price: 0.52, qty: 20 }), START + SECOND)
    engine.place(limit({ side: "sell", price: 0.48, qty: 15, orderType: "FAK" }), START + SECOND)
    engine.place(limit({ side: "sell", price: 0.48, qty: 12, orderType: "FAK" }), START + SECOND)
    const later = START + 30 * SECOND
    // Ten shares of thirty never came, so the newest sale fails; the other one is covered.
    expect(engine.trades(OWNER, later).map(({ side, qty, status }) => [side, qty / 1e6, status])).toEqual([
      ["sell", 12, "FAILED"],
      ["sell", 15, "CONFIRMED"],
      ["buy", 20, "CONFIRMED"],
      ["buy", 10, "FAILED"]
    ])
    expect(engine.balance(MAKER, YES, later)).toBe(5_000_000)
    expect(engine.balance(MAKER, null, later)).toBe(1_000_000_000 - 10_400_000 + 7_200_000)
  })
})
