import { describe, expect, it } from "vitest"
import { engineOver, errorOf, limit, MAKER, OWNER, SECOND, START, usual, YES } from "./tradingSupport.ts"

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
})
