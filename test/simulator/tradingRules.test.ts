import { describe, expect, it } from "vitest"
import { type VenueOrder } from "../../src/simulator/TradingEngine.ts"
import { engineOver, errorOf, limit, MAKER, NO, OWNER, SECOND, START, usual, YES } from "./tradingSupport.ts"

const id = "0xabc"
const invalid = (why: string) => `400 order ${id} is invalid. ${why}`
const placed = (order: VenueOrder, engine = engineOver()) => errorOf(engine.place(order, START))
const startSec = START / SECOND

/** Base units as the official client signs them. */
const signed = (
  side: "buy" | "sell",
  makerAmount: number,
  takerAmount: number,
  orderType: VenueOrder["orderType"]
) => ({
  ...limit({ id, side, price: 0.5, qty: 10, orderType }),
  makerAmount,
  takerAmount
})

describe("rules of the exchange for a new order", () => {
  it.each([
    ["between ticks", limit({ id, price: 0.505, qty: 10 }), "Price (0.505) breaks minimum tick size rule: 0.01"],
    ["below the first tick", limit({ id, price: 0.001, qty: 10 }), "Price (0.001) breaks minimum tick size rule: 0.01"],
    ["at one", limit({ id, price: 1, qty: 10 }), "Price (1) breaks minimum tick size rule: 0.01"],
    [
      "no whole price",
      signed("buy", 3_333_333, 10_000_000, "GTC"),
      "Price (0.333333) breaks minimum tick size rule: 0.01"
    ],
    [
      "of a fill-and-kill order",
      limit({ id, price: 0.555, qty: 10, orderType: "FAK" }),
      "Price (0.555) breaks minimum tick size rule: 0.01"
    ],
    ["too small to rest", limit({ id, price: 0.4, qty: 4.99 }), "Size (4.99) lower than the minimum: 5"],
    [
      "too small to rest, offered",
      limit({ id, side: "sell", price: 0.6, qty: 1 }),
      "Size (1) lower than the minimum: 5"
    ]
  ])("refuses a price or size: %s", (_, order, why) => {
    expect(placed(order)).toBe(invalid(why))
  })

  it("goes by the market's own tick", () => {
    const fine = engineOver([usual], { tick: 0.001 })
    expect(placed(limit({ price: 0.505, qty: 10 }), fine)).toBe("placed live")
    expect(placed(limit({ id, price: 0.5055, qty: 10 }), fine)).toContain("minimum tick size rule: 0.001")
  })

  it.each([
    ["a market buy with three decimals of money", signed("buy", 10_005_000, 17_552_600, "FOK"), "market buy"],
    ["a market buy with five decimals of shares", signed("buy", 10_000_000, 20_100_510, "FAK"), "market buy"],
    ["a market sale with five decimals of money", signed("sell", 21_040_000, 12_055_920, "FAK"), "sell"],
    ["a market sale with three decimals of shares", signed("sell", 21_045_000, 11_995_600, "FOK"), "sell"]
  ])("refuses %s", (_, order, what) => {
    expect(placed(order)).toBe(
      `400 invalid amounts, the ${what} orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals`
    )
  })

  it("takes market orders whose amounts are rounded to their decimals", () => {
    const engine = engineOver()
    // 10 at 0.57 is 17.5438 shares and a bit.
    expect(placed(signed("buy", 10_000_000, 17_543_800, "FAK"), engine)).toBe("placed matched")
    // Rounded up the signed price is below 0.52: nothing is offered there.
    const up = { ...signed("buy", 10_000_000, 19_230_800, "FAK"), id: "0xup" }
    expect(placed(up, engine)).toContain("no orders found to match with FAK order")
    expect(placed({ ...signed("sell", 5_000_000, 2_350_000, "FOK"), id: "0xs" }, engine)).toBe("placed matched")
  })

  it("refuses amounts that are nothing", () => {
    expect(placed(signed("buy", 0, 0, "GTC"))).toBe("400 invalid amounts, maker and taker amount must be higher than 0")
  })

  it("refuses a buy of less than a dollar only where it takes", () => {
    const one = engineOver([{ ...usual, asks: [[0.1, 100]], bids: [[0.05, 100]] }])
    const small = (orderType: VenueOrder["orderType"]) => limit({ price: 0.1, qty: 9.9, orderType })
    const why = "400 invalid amount for a marketable BUY order ($0.99), min size: $1"
    expect(placed(small("FAK"), one)).toBe(why)
    expect(placed(small("GTC"), one)).toBe(why)
    expect(placed(limit({ price: 0.09, qty: 9.9 }), one)).toBe("placed live")
  })

  it("refuses an expiration that is over, or that no GTD order has", () => {
    const gtd = (expirationSec: number) => limit({ price: 0.4, qty: 10, orderType: "GTD", expirationSec })
    expect(placed(gtd(0))).toBe("400 invalid expiration")
    expect(placed(gtd(startSec + 60))).toBe("400 invalid expiration")
    expect(placed(limit({ price: 0.4, qty: 10, expirationSec: startSec + 1_000 }))).toBe("400 invalid expiration")
    expect(placed(gtd(startSec + 61))).toBe("placed live")
  })

  it("takes post-only orders that rest, and no others", () => {
    expect(placed(limit({ price: 0.52, qty: 10, postOnly: true }))).toBe(
      "400 invalid post-only order: order crosses book"
    )
    expect(placed(limit({ price: 0.48, qty: 10, tokenId: NO, postOnly: true }))).toBe("placed live")
    expect(placed(limit({ price: 0.52, qty: 10, tokenId: NO, postOnly: true }))).toContain("order crosses book")
    expect(placed(limit({ price: 0.5, qty: 10, orderType: "FOK", postOnly: true }))).toBe(
      "400 invalid post-only order: only GTC and GTD order types are allowed"
    )
  })

  it("refuses an order signed for the other exchange", () => {
    expect(placed(limit({ price: 0.4, qty: 10, negRisk: true }))).toBe("400 invalid signature")
    expect(placed(limit({ price: 0.4, qty: 10 }), engineOver([usual], { negRisk: true }))).toBe("400 invalid signature")
  })

  it("knows every order that matching has seen, and forgets those it refused before", () => {
    const engine = engineOver()
    const resting = limit({ id, price: 0.4, qty: 10 })
    expect(placed(resting, engine)).toBe("placed live")
    expect(placed(resting, engine)).toBe(invalid("Duplicated."))
    engine.cancel(OWNER, [id], START)
    expect(placed({ ...resting, makerAmount: 1 }, engine)).toBe(invalid("Duplicated."))
    const killed = limit({ price: 0.4, qty: 10, orderType: "FOK" })
    expect(placed(killed, engine)).toContain("FOK orders are fully filled or killed")
    expect(placed(killed, engine)).toContain("Duplicated.")
    const dear = limit({ price: 0.5, qty: 10_000 })
    expect(placed(dear, engine)).toBe("400 not enough balance / allowance")
    engine.deposit(MAKER, 10_000_000_000)
    expect(placed(dear, engine)).toBe("placed live")
  })

  it("has no book of unknown and closed markets, and takes no orders before a market accepts them", () => {
    expect(placed(limit({ tokenId: "99", price: 0.5, qty: 10 }))).toBe(
      "404 No orderbook exists for the requested token id"
    )
    expect(placed(limit({ price: 0.5, qty: 10 }), engineOver([{ ...usual, closed: true }]))).toBe(
      "404 No orderbook exists for the requested token id"
    )
    expect(placed(limit({ price: 0.5, qty: 10 }), engineOver([{ ...usual, acceptingOrders: false }]))).toBe(
      "400 the market is not yet ready to process new orders"
    )
  })

  it("says which mode it is in", () => {
    const engine = engineOver()
    const plain = () => engine.place(limit({ price: 0.4, qty: 10 }), START)
    const postOnly = () => engine.place(limit({ price: 0.4, qty: 10, postOnly: true }), START)
    engine.setMode("restarting")
    expect(plain()).toMatchObject({ status: 425 })
    expect(postOnly()).toMatchObject({ status: 425 })
    engine.setMode("post_only")
    expect(plain()).toEqual({
      _tag: "refused",
      status: 503,
      error: "post-only mode: only post-only orders and cancels are allowed",
      code: "post_only_mode",
      retryAfterSec: 30
    })
    expect(errorOf(postOnly())).toBe("placed live")
    engine.setMode("cancel_only")
    expect(errorOf(postOnly())).toBe(
      "503 Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."
    )
    engine.setMode("disabled")
    expect(errorOf(plain())).toBe("503 Trading is currently disabled. Check polymarket.com for updates")
    engine.setMode("normal")
    expect(errorOf(plain())).toBe("placed live")
  })
})

describe("money and shares of a new order", () => {
  const short = "400 not enough balance / allowance"

  it("counts what open orders reserve", () => {
    const engine = engineOver([usual], {}, { startBalance: 100_000_000 })
    expect(placed(limit({ price: 0.4, qty: 200 }), engine)).toBe("placed live")
    expect(placed(limit({ price: 0.4, qty: 51 }), engine)).toBe(short)
    expect(placed(limit({ id, price: 0.4, qty: 50 }), engine)).toBe("placed live")
    expect(placed(limit({ price: 0.1, qty: 5 }), engine)).toBe(short)
    engine.cancel(OWNER, [id], START)
    expect(placed(limit({ price: 0.1, qty: 5 }), engine)).toBe("placed live")
  })

  it("sells only shares that are there and not offered already", () => {
    const engine = engineOver()
    expect(placed(limit({ side: "sell", price: 0.6, qty: 10 }), engine)).toBe(short)
    expect(placed(limit({ price: 0.52, qty: 10 }), engine)).toBe("placed matched")
    expect(placed(limit({ side: "sell", price: 0.6, qty: 10, tokenId: NO }), engine)).toBe(short)
    expect(placed(limit({ side: "sell", price: 0.6, qty: 6 }), engine)).toBe("placed live")
    expect(placed(limit({ side: "sell", price: 0.48, qty: 5, orderType: "FAK" }), engine)).toBe(short)
    expect(engine.balance(MAKER, YES, START)).toBe(10_000_000)
  })

  it("wants the fee on top of what a buy takes at once", () => {
    const money = 52_000_000
    const fee = 100 * 0.07 * 0.52 * 0.48 * 1e6
    const buying = (startBalance: number) =>
      placed(limit({ price: 0.52, qty: 100, orderType: "FOK" }), engineOver([usual], { rate: 0.07 }, { startBalance }))
    expect(buying(money + fee - 1)).toBe(short)
    expect(buying(money + fee)).toBe("placed matched")
  })

  it("wants an allowance and a wallet", () => {
    const engine = engineOver()
    engine.setAllowance(MAKER, "none")
    expect(engine.allowance(MAKER)).toBe(0)
    expect(placed(limit({ price: 0.4, qty: 10 }), engine)).toBe(short)
    engine.setAllowance(MAKER, "unlimited")
    expect(placed(limit({ price: 0.4, qty: 10 }), engine)).toBe("placed live")
    expect(placed(limit({ price: 0.4, qty: 10, maker: "0xbbbb" }), engine)).toBe(short)
    engine.openWallet(MAKER, START)
    expect(engine.balance(MAKER, null, START)).toBe(1_000_000_000)
  })
})
