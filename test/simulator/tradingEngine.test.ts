import { describe, expect, it } from "vitest"
import { type PlaceOutcome } from "../../src/simulator/TradingEngine.ts"
import { CONDITION, engineOver, errorOf, limit, MAKER, NO, OWNER, SECOND, START, usual, YES } from "./tradingSupport.ts"

const LATER = START + 10 * SECOND
/** The usual book until ten seconds later. */
const then = (next: Partial<typeof usual>) => [usual, { ...usual, fromUs: 10 * SECOND, ...next }]
const amounts = (outcome: PlaceOutcome) =>
  outcome._tag === "placed" ? [outcome.status, outcome.makingAmount, outcome.takingAmount] : [outcome.error]

describe("matching engine", () => {
  it("fills what crosses at the book's prices and lets the rest of a GTC order rest", () => {
    const engine = engineOver()
    const order = limit({ price: 0.53, qty: 250 })
    expect(engine.place(order, START)).toMatchObject({
      status: "matched",
      makingAmount: 105_000_000,
      takingAmount: 200_000_000
    })
    expect(engine.openOrders(OWNER, START)).toMatchObject([
      { order, price: 530_000, qty: 250_000_000, filledQty: 200_000_000, conditionId: "0xc0", outcome: "Yes" }
    ])
    expect(engine.balance(MAKER, null, START)).toBe(895_000_000)
    expect(engine.balance(MAKER, YES, START)).toBe(200_000_000)
    const [trade] = engine.trades(OWNER, START)
    expect(trade).toMatchObject({ takerOrderId: order.id, side: "buy", qty: 200_000_000, price: 525_000, fee: 0 })
    expect(trade!.makers).toHaveLength(2)
  })

  it("does not sell the same level twice until it changes", () => {
    const engine = engineOver([usual, { ...usual, fromUs: 10 * SECOND, asks: [[0.52, 101]] }])
    const buy = () => engine.place(limit({ price: 0.52, qty: 100, orderType: "FAK" }), START)
    expect(errorOf(buy())).toBe("placed matched")
    expect(errorOf(buy())).toContain("400 no orders found to match with FAK order")
    expect(engine.book(YES, START)!.asks).toEqual([[530_000, 100_000_000]])
    expect(engine.book(YES, START + 10 * SECOND)!.asks).toEqual([[520_000, 101_000_000]])
  })

  it("remembers what was taken from a level through later books that show it as before", () => {
    const engine = engineOver(
      then({
        asks: [
          [0.52, 100],
          [0.53, 90]
        ]
      })
    )
    engine.place(limit({ price: 0.53, qty: 130 }), START)
    expect(engine.book(YES, START)!.asks).toEqual([[530_000, 70_000_000]])
    expect(engine.book(YES, LATER)!.asks).toEqual([[530_000, 90_000_000]])
    expect(engine.book(NO, LATER)!.bids).toEqual([[470_000, 90_000_000]])
  })

  it("fills a resting order as maker when the book comes to it", () => {
    const engine = engineOver([usual, { fromUs: 10 * SECOND, bids: [[0.45, 9]], asks: [[0.49, 30]] }])
    const order = limit({ price: 0.5, qty: 100 })
    expect(errorOf(engine.place(order, START))).toBe("placed live")
    const later = START + 10 * SECOND
    expect(engine.order(OWNER, order.id, later)).toMatchObject({ filledQty: 30_000_000 })
    expect(engine.trades(OWNER, later)[0]!.makers).toMatchObject([
      { orderId: order.id, owner: OWNER, price: 500_000, qty: 30_000_000 }
    ])
    expect(engine.cancel(OWNER, [order.id, "0xff"], later)).toEqual({
      canceled: [order.id],
      notCanceled: { "0xff": "order not found" }
    })
    expect(engine.order(OWNER, order.id, later)).toBeUndefined()
  })

  it("fills up to what crosses, level by level, and only as levels change", () => {
    const engine = engineOver(
      then({
        asks: [
          [0.49, 30],
          [0.5, 20],
          [0.51, 100]
        ]
      })
    )
    const order = limit({ price: 0.5, qty: 100 })
    engine.place(order, START)
    expect(engine.order(OWNER, order.id, LATER)).toMatchObject({ filledQty: 50_000_000 })
    expect(engine.order(OWNER, order.id, LATER + SECOND)).toMatchObject({ filledQty: 50_000_000 })
    const trades = engine.trades(OWNER, LATER)
    expect(trades.map(({ makers, qty }) => [qty, makers.length, makers[0]!.price])).toEqual([
      [20_000_000, 1, 500_000],
      [30_000_000, 1, 500_000]
    ])
    expect(engine.balance(MAKER, null, LATER)).toBe(975_000_000)
    // What crossed is used up: it is not offered to anybody else.
    expect(engine.book(YES, LATER)).toEqual({
      bids: [
        [470_000, 100_000_000],
        [480_000, 100_000_000],
        [500_000, 50_000_000]
      ],
      asks: [[510_000, 100_000_000]]
    })
  })

  it("shows one book for both tokens", () => {
    const engine = engineOver()
    engine.place(limit({ price: 0.51, qty: 10, tokenId: NO }), START)
    expect(engine.book(YES, START)!.asks.at(-1)).toEqual([490_000, 10_000_000])
    expect(engine.book(NO, START)).toEqual({
      bids: [
        [470_000, 100_000_000],
        [480_000, 100_000_000],
        [510_000, 10_000_000]
      ],
      asks: [
        [530_000, 100_000_000],
        [520_000, 100_000_000]
      ]
    })
    expect(engine.book("99", START)).toBeUndefined()
  })

  it("spends the money of a market buy, and gives more shares where they are cheaper", () => {
    const engine = engineOver()
    const order = { ...limit({ price: 0.53, qty: 100, orderType: "FAK" }), makerAmount: 53_000_000 }
    expect(amounts(engine.place(order, START))).toEqual(["matched", 52_999_951, 101_886_700])
    const no = { ...limit({ price: 0.53, qty: 10, tokenId: NO, orderType: "FOK" }), makerAmount: 5_300_000 }
    expect(amounts(engine.place(no, START))).toEqual(["matched", 5_299_996, 10_192_300])
    expect(engine.openOrders(OWNER, START)).toEqual([])
  })

  it("fills all of a FOK order or nothing, and what there is of a FAK order", () => {
    const engine = engineOver()
    const want = (orderType: "FOK" | "FAK", qty: number) =>
      amounts(engine.place(limit({ price: 0.52, qty, orderType }), START))
    expect(want("FOK", 150)).toEqual(["order couldn't be fully filled. FOK orders are fully filled or killed."])
    expect(want("FOK", 60)).toEqual(["matched", 31_200_000, 60_000_000])
    expect(want("FAK", 150)).toEqual(["matched", 20_800_000, 40_000_000])
    expect(want("FAK", 150)[0]).toContain("no orders found to match with FAK order")
    expect(engine.openOrders(OWNER, START)).toEqual([])
    expect(engine.balance(MAKER, null, START)).toBe(948_000_000)
  })

  it("takes the taker's fee by the market's schedule, and none from makers", () => {
    const engine = engineOver(then({ asks: [[0.5, 10]] }), { rate: 0.07 })
    engine.place(limit({ price: 0.52, qty: 10 }), START)
    expect(engine.trades(OWNER, START)[0]!.fee).toBe(174_720)
    expect(engine.balance(MAKER, null, START)).toBe(1_000_000_000 - 5_200_000 - 174_720)
    engine.place(limit({ price: 0.5, qty: 10 }), START)
    expect(engine.balance(MAKER, null, LATER)).toBe(1_000_000_000 - 10_200_000 - 174_720)
    const sale = engine.place(limit({ side: "sell", price: 0.48, qty: 10, orderType: "FAK" }), LATER)
    expect(amounts(sale)).toEqual(["matched", 10_000_000, 4_800_000])
    expect(engine.balance(MAKER, null, LATER)).toBe(1_000_000_000 - 5_400_000 - 2 * 174_720)
  })

  it("lets accounts trade with each other: shares for money, or both tokens of a new pair, or a pair given back", () => {
    const engine = engineOver([{ ...usual, bids: [[0.1, 10]], asks: [[0.9, 10]] }])
    engine.openWallet("0xbbbb", START)
    const other = { owner: "key-2", maker: "0xbbbb" }
    engine.place(limit({ price: 0.4, qty: 10 }), START)
    // MINT: the other one buys NO at 0.6, and is given the better price.
    expect(amounts(engine.place(limit({ ...other, price: 0.7, qty: 10, tokenId: NO }), START))).toEqual([
      "matched",
      6_000_000,
      10_000_000
    ])
    const [mint] = engine.trades("key-2", START)
    expect(mint).toMatchObject({ tokenId: NO, outcome: "No", price: 600_000, side: "buy", takerOwner: "key-2" })
    expect(mint!.makers).toMatchObject([{ owner: OWNER, tokenId: YES, outcome: "Yes", price: 400_000, side: "buy" }])
    expect(engine.trades(OWNER, START)).toEqual([mint])
    // COMPLEMENTARY: four of the YES shares go over.
    engine.place(limit({ side: "sell", price: 0.45, qty: 5 }), START)
    engine.place(limit({ ...other, price: 0.45, qty: 5 }), START)
    // MERGE: the other one gives five pairs' NO, and the first the YES.
    engine.place(limit({ side: "sell", price: 0.5, qty: 5 }), START)
    const merged = engine.place(limit({ ...other, side: "sell", price: 0.5, qty: 5, tokenId: NO }), START)
    expect(amounts(merged)).toEqual(["matched", 5_000_000, 2_500_000])
    const held = (maker: string) => [YES, NO, null].map((token) => engine.balance(maker, token, START) / 1e6)
    expect(held(MAKER)).toEqual([0, 0, 1_000 - 4 + 2.25 + 2.5])
    expect(held("0xbbbb")).toEqual([5, 5, 1_000 - 6 - 2.25 + 2.5])
  })

  it("meets the older order first when others trade", () => {
    const engine = engineOver()
    const first = limit({ price: 0.5, qty: 10 })
    const second = limit({ price: 0.5, qty: 10, owner: "key-2" })
    engine.place(first, START)
    engine.place(second, START)
    const sell = (qty: number, tokenId = YES, side: "buy" | "sell" = "sell", price = 480_000) =>
      engine.outsiderTrade({ tokenId, side, price, qty: qty * 1e6 }, START).filled / 1e6
    expect(sell(12)).toBe(12)
    expect(engine.order(OWNER, first.id, START)).toBeUndefined()
    expect(engine.order("key-2", second.id, START)).toMatchObject({ filledQty: 2_000_000 })
    expect(engine.trades(OWNER, START)[0]!.makers.map(({ qty }) => qty)).toEqual([10_000_000, 2_000_000])
    // A buy of NO is the same thing; then the generated level has its turn, and no trade of ours comes of it.
    expect(sell(9, NO, "buy", 500_000)).toBe(8)
    expect(engine.trades("key-2", START)[0]).toMatchObject({ tokenId: NO, side: "buy", price: 500_000 })
    expect(sell(150)).toBe(100)
    expect(engine.trades(OWNER, START)).toHaveLength(1)
    expect(engine.book(YES, START)!.bids).toEqual([[470_000, 100_000_000]])
  })

  it("takes a GTD order out a minute before the time it names", () => {
    const engine = engineOver()
    const order = limit({ price: 0.4, qty: 10, orderType: "GTD", expirationSec: START / SECOND + 100 })
    engine.place(order, START)
    expect(engine.openOrders(OWNER, START + 40 * SECOND - 1)).toHaveLength(1)
    expect(engine.openOrders(OWNER, START + 40 * SECOND)).toEqual([])
    expect(engine.book(YES, START + 40 * SECOND)!.bids).toHaveLength(2)
  })

  it("cancels one, all, or those of a market or token, and says why it does not", () => {
    const engine = engineOver()
    const bid = () => limit({ price: 0.4, qty: 10 })
    const [a, b, c] = [bid(), bid(), limit({ price: 0.4, qty: 10, tokenId: NO })]
    const filled = limit({ price: 0.52, qty: 10 })
    for (const order of [a, b, c, filled]) engine.place(order, START)
    expect(engine.cancel("key-2", [a.id], START)).toEqual({ canceled: [], notCanceled: { [a.id]: "order not found" } })
    expect(engine.cancel(OWNER, [a.id, filled.id], START)).toEqual({
      canceled: [a.id],
      notCanceled: { [filled.id]: "matched orders can't be canceled" }
    })
    expect(engine.cancel(OWNER, [a.id], START).notCanceled).toEqual({
      [a.id]: "order can't be found - already canceled or matched"
    })
    expect(engine.cancelMarket(OWNER, { conditionId: "0xff" }, START).canceled).toEqual([])
    expect(engine.cancelMarket(OWNER, { conditionId: CONDITION, tokenId: NO }, START).canceled).toEqual([c.id])
    expect(engine.cancelAll("key-2", START).canceled).toEqual([])
    expect(engine.cancelAll(OWNER, START)).toEqual({ canceled: [b.id], notCanceled: {} })
    expect(engine.openOrders(OWNER, START)).toEqual([])
  })

  it("cancels what rests in a market that closes", () => {
    const engine = engineOver(then({ closed: true }))
    engine.place(limit({ price: 0.4, qty: 10 }), START)
    expect(engine.openOrders(OWNER, LATER)).toEqual([])
    expect(engine.book(YES, LATER)).toBeUndefined()
    expect(engine.outsiderTrade({ tokenId: YES, side: "sell", price: 400_000, qty: 1e6 }, LATER)).toEqual({ filled: 0 })
  })
})

describe("delayed orders", () => {
  it("wait, cannot be cancelled, reserve their money, and meet the book of the time they fall due", () => {
    const engine = engineOver([usual, { ...usual, fromUs: 10 * SECOND, asks: [[0.51, 20]] }])
    engine.setDelay(10 * SECOND)
    const order = limit({ price: 0.52, qty: 100 })
    expect(amounts(engine.place(order, START))).toEqual(["delayed", null, null])
    expect(engine.order(OWNER, order.id, START)).toBeUndefined()
    expect(engine.openOrders(OWNER, START)).toEqual([])
    expect(engine.cancel(OWNER, [order.id], START).notCanceled).toEqual({
      [order.id]: "delayed orders can't be canceled"
    })
    expect(errorOf(engine.place(limit({ price: 0.4, qty: 2_400 }), START))).toContain("not enough balance")
    expect(engine.trades(OWNER, LATER - 1)).toEqual([])
    expect(engine.order(OWNER, order.id, LATER)).toMatchObject({ filledQty: 20_000_000, createdAtUs: START })
    expect(engine.trades(OWNER, LATER)).toMatchObject([{ matchedAtUs: LATER, price: 510_000 }])
    expect(engine.cancel(OWNER, [order.id], LATER).canceled).toEqual([order.id])
  })

  it("are all that take at once, where the market says so; what rests does not wait", () => {
    const engine = engineOver([usual, { ...usual, fromUs: SECOND, asks: [[0.6, 10]] }], { secondsDelay: 3 })
    const status = (orderType: "GTC" | "FAK" | "FOK", price: number) =>
      amounts(engine.place(limit({ price, qty: 10, orderType }), START))[0]
    expect([status("GTC", 0.5), status("GTC", 0.52), status("FAK", 0.52), status("FOK", 0.52)]).toEqual([
      "live",
      "delayed",
      "delayed",
      "delayed"
    ])
    const later = START + 3 * SECOND
    // The offers are gone meanwhile: only the order that may rest is left.
    expect(engine.openOrders(OWNER, later).map(({ price }) => price)).toEqual([500_000, 520_000])
    expect(engine.trades(OWNER, later)).toEqual([])
  })

  it("are gone when the market closes before their time", () => {
    const engine = engineOver(then({ closed: true }))
    engine.setDelay(20 * SECOND)
    const order = limit({ price: 0.52, qty: 10 })
    engine.place(order, START)
    expect(engine.cancel(OWNER, [order.id], LATER).notCanceled[order.id]).toContain("already canceled or matched")
    expect(engine.trades(OWNER, LATER + 20 * SECOND)).toEqual([])
  })
})

describe("restarts", () => {
  it("stop everything for 90 s, then take post-only orders for two minutes; open orders survive", () => {
    const engine = engineOver(then({ bids: [[0.2, 9]], asks: [[0.39, 4]] }))
    const order = limit({ price: 0.4, qty: 10 })
    engine.place(order, START)
    engine.restart(START + SECOND)
    expect(engine.mode(LATER)).toBe("restarting")
    expect(engine.place(limit({ price: 0.3, qty: 10 }), LATER)).toMatchObject({ status: 425, retryAfterSec: 81 })
    expect(engine.cancel(OWNER, [order.id], LATER).canceled).toEqual([])
    expect(engine.outsiderTrade({ tokenId: YES, side: "sell", price: 400_000, qty: 1e6 }, LATER)).toEqual({ filled: 0 })
    expect(engine.order(OWNER, order.id, LATER)).toMatchObject({ filledQty: 0 })
    const up = START + 91 * SECOND
    expect(engine.mode(up)).toBe("post_only")
    expect(engine.order(OWNER, order.id, up)).toMatchObject({ filledQty: 4_000_000 })
    expect(engine.place(limit({ price: 0.3, qty: 10 }), up)).toMatchObject({ status: 503, retryAfterSec: 120 })
    expect(errorOf(engine.place(limit({ price: 0.3, qty: 10, postOnly: true }), up))).toBe("placed live")
    expect(engine.mode(up + 120 * SECOND)).toBe("normal")
    expect(errorOf(engine.place(limit({ price: 0.3, qty: 10 }), up + 120 * SECOND))).toBe("placed live")
  })
})
