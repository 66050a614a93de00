import { describe, expect, it } from "vitest"
import { orderBody } from "../../src/polymarket/signedOrder.ts"
import { makeTrader, type PostMore, run, type Wanted, withTrading } from "./traders.ts"
import { CONDITION, NO, YES } from "./tradingSupport.ts"

const buy: Wanted = { price: 0.4, qty: 10 }

describe("cancels", () => {
  it("by id, several ids, market, token, and all", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const rest = async (wanted: Wanted = buy) => {
        const order = await trader.sign(wanted)
        await trader.postSigned(order)
        return order.hash
      }
      const remove = (path: string, value?: unknown) =>
        trader.request("DELETE", path, value === undefined ? undefined : JSON.stringify(value))
      const [a, b, c] = [await rest(), await rest(), await rest()]
      expect((await remove("/order", { orderID: a.toUpperCase().replace("0X", "0x") })).body).toEqual({
        canceled: [a],
        not_canceled: {}
      })
      expect((await remove("/order", { orderID: a })).body).toMatchObject({
        canceled: [],
        not_canceled: { [a]: expect.stringContaining("already canceled") }
      })
      expect((await remove("/orders", [b, c, b, "0x01"])).body).toEqual({
        canceled: [b, c],
        not_canceled: { "0x01": "order not found" }
      })
      const yes = await rest()
      const no = await rest({ ...buy, tokenId: NO })
      expect((await remove("/cancel-market-orders", { market: CONDITION, asset_id: NO })).body.canceled).toEqual([no])
      expect((await remove("/cancel-market-orders", { asset_id: YES })).body.canceled).toEqual([yes])
      const last = [await rest(), await rest()]
      expect((await remove("/cancel-all")).body).toEqual({ canceled: last, not_canceled: {} })
    }))

  it("refuse what is no id, and more than a thousand", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const bad = { status: 400, body: { error: "Invalid order payload" } }
      expect(await trader.request("DELETE", "/order", "{}")).toMatchObject(bad)
      expect(await trader.request("DELETE", "/orders", "[]")).toMatchObject(bad)
      expect(await trader.request("DELETE", "/orders", "[1]")).toMatchObject(bad)
      expect(await trader.request("DELETE", "/cancel-market-orders", "{}")).toMatchObject(bad)
      const ids = JSON.stringify(Array.from({ length: 1_001 }, (_, i) => `0x${i}`))
      expect((await trader.request("DELETE", "/orders", ids)).body.error).toBe(
        "Too many orders in payload: 1001, max allowed: 1000"
      )
    }))

  it("do not touch somebody else's orders", () =>
    withTrading(async (exchange) => {
      const [own, other] = [await makeTrader(exchange), await makeTrader(exchange, { nth: 1 })]
      const order = await own.sign(buy)
      await own.postSigned(order)
      const body = JSON.stringify({ orderID: order.hash })
      expect((await other.request("DELETE", "/order", body)).body.not_canceled).toEqual({
        [order.hash]: "order not found"
      })
      expect((await other.request("DELETE", "/cancel-all")).body.canceled).toEqual([])
      expect((await own.request("GET", `/data/order/${order.hash}`)).body.id).toBe(order.hash)
    }))
})

describe("modes of the exchange", () => {
  it("stop orders, or cancels too, in its own words", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const order = await trader.sign(buy)
      await trader.postSigned(order)
      const post = async (more?: PostMore) => {
        const { body, headers, status } = await trader.post(buy, more)
        return [status, body.error, body.code, headers.get("retry-after")]
      }
      const cancel = async () => {
        const { body, status } = await trader.request("DELETE", "/order", JSON.stringify({ orderID: "0x01" }))
        return [status, body.error]
      }
      exchange.trading.restart(await run(exchange.nowUs))
      expect(await post()).toEqual([425, expect.stringContaining("Too Early"), undefined, "90"])
      expect(await cancel()).toEqual([425, expect.stringContaining("restarting")])
      expect((await trader.request("GET", `/data/order/${order.hash}`)).body.id).toBe(order.hash)
      await run(exchange.advance(90_000_000))
      const postOnly = "post-only mode: only post-only orders and cancels are allowed"
      expect(await post()).toEqual([503, postOnly, "post_only_mode", "120"])
      expect((await trader.post(buy, { postOnly: true })).status).toBe(200)
      expect(await cancel()).toEqual([200, undefined])
      await run(exchange.advance(120_000_000))
      expect((await post())[0]).toBe(200)
      exchange.trading.setMode("cancel_only")
      expect(await post()).toEqual([503, expect.stringContaining("currently cancel-only"), undefined, null])
      expect((await cancel())[0]).toBe(200)
      exchange.trading.setMode("disabled")
      expect((await post()).slice(0, 2)).toEqual([503, expect.stringContaining("Trading is currently disabled")])
      expect(await cancel()).toEqual([503, expect.stringContaining("Trading is currently disabled")])
    }))

  it("taker delay: delayed, neither filled nor to be cancelled, then filled", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      exchange.trading.setDelay(3_000_000)
      const order = await trader.sign({ price: 0.52, qty: 50 })
      const answer = await trader.request("POST", "/order", orderBody(order, { owner: trader.key, orderType: "FAK" }))
      expect(answer.body).toMatchObject({ success: true, status: "delayed", takingAmount: "", tradeIDs: [] })
      const cancel = () => trader.request("DELETE", "/order", JSON.stringify({ orderID: order.hash }))
      expect((await cancel()).body.not_canceled[order.hash]).toContain("delayed")
      expect((await trader.request("GET", "/data/trades")).body.data).toEqual([])
      await run(exchange.advance(3_000_000))
      expect((await trader.request("GET", "/data/trades")).body.data).toMatchObject([
        { taker_order_id: order.hash, size: "50", trader_side: "TAKER" }
      ])
    }))
})
