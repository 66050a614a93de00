import { describe, expect, it } from "vitest"
import { type Exchange } from "../../src/simulator/server.ts"
import { get, type Loose, post } from "./support.ts"
import { addresses, makeTrader, run, wallets, withTrading } from "./traders.ts"
import { NO, YES } from "./tradingSupport.ts"

const tell = (exchange: Exchange, command: string, value: unknown) => post(`${exchange.urls.control}/${command}`, value)
const state = async (exchange: Exchange): Promise<Loose> => (await get(`${exchange.urls.control}/state`)).body

describe("control of a running exchange", () => {
  it("sets mode, fate, delay and time", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const buy = () => trader.post({ price: 0.52, qty: 10 }, { orderType: "FAK" })
      expect((await tell(exchange, "mode", { mode: "cancel_only" })).body).toEqual({ mode: "cancel_only" })
      expect((await buy()).status).toBe(503)
      expect((await tell(exchange, "restart", {})).body).toEqual({ mode: "restarting" })
      expect((await buy()).status).toBe(425)
      expect((await tell(exchange, "advance", { seconds: 210 })).body).toEqual({ market_time: "1970-01-12T13:50:10Z" })
      expect((await tell(exchange, "fate", { fate: "fail" })).body).toEqual({ fate: "fail" })
      expect((await buy()).body.status).toBe("matched")
      await tell(exchange, "advance", { seconds: 2.5 })
      expect((await state(exchange)).trades).toMatchObject([{ status: "TRADE_STATUS_FAILED" }])
      await tell(exchange, "fate", { fate: "confirm" })
      expect((await tell(exchange, "delay", { ms: 1_500 })).body).toEqual({ ms: 1_500 })
      expect((await buy()).body.status).toBe("delayed")
      expect((await state(exchange)).trades).toHaveLength(1)
      await tell(exchange, "advance", { seconds: 1.5 })
      expect((await state(exchange)).trades).toHaveLength(2)
    }))

  it("injects faults, also those of one endpoint, and takes them back", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      expect((await tell(exchange, "faults", { rules: "clob/order/500-after#1,clob/time/429" })).body).toEqual({
        rules: 2
      })
      expect((await fetch(`${exchange.urls.clob}/time`)).status).toBe(429)
      expect((await fetch(`${exchange.urls.control}/state`)).status).toBe(200)
      expect((await trader.request("POST", "/order", "{}")).status).toBe(500)
      expect((await tell(exchange, "faults", { rules: "" })).body).toEqual({ rules: 0 })
      expect((await state(exchange)).requests.faults).toEqual({ "429": 1, "500-after": 1 })
    }))

  it("trades with what rests, deposits, and takes allowances away", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange, { type: 3 })
      expect((await tell(exchange, "deposit", { address: wallets[0], amount: "250.5" })).body).toEqual({
        address: wallets[0],
        balance: 1_250.5
      })
      const order = await trader.sign({ price: 0.5, qty: 10 })
      await trader.postSigned(order)
      expect((await tell(exchange, "trade", { token_id: NO, side: "buy", price: 0.5, qty: 4 })).body).toEqual({
        filled: 4
      })
      expect(await state(exchange)).toMatchObject({
        mode: "normal",
        accounts: [{ address: addresses[0], api_key: trader.key, standing: "normal" }],
        wallets: [{ address: wallets[0], balance: 1_248.5, allowance: "unlimited", tokens: { [YES]: 4 } }],
        taken: [{ id: order.hash, maker: wallets[0], token_id: YES, side: "buy", order_type: "GTC", status: "live" }],
        orders: [{ id: order.hash, size_matched: "4" }],
        trades: [{ asset_id: NO, maker_orders: [{ order_id: order.hash, matched_amount: "4" }] }],
        requests: { by_endpoint: { "clob POST /order": 1, "control /trade": 1 } }
      })
      await tell(exchange, "allowance", { address: wallets[0]!.toLowerCase(), amount: "none" })
      expect((await state(exchange)).wallets).toMatchObject([{ address: wallets[0], allowance: "none" }])
      expect((await trader.post({ price: 0.4, qty: 5 })).body.error).toBe("not enough balance / allowance")
    }))

  it("closes an account, and the place", () =>
    withTrading(async (exchange) => {
      expect((await get(exchange.urls.geoblock)).body).toEqual({
        blocked: false,
        ip: "127.0.0.1",
        country: "IE",
        region: "L"
      })
      await tell(exchange, "geoblock", { blocked: true })
      expect((await get(exchange.urls.geoblock)).body).toMatchObject({ blocked: true })
      const trader = await makeTrader(exchange)
      await tell(exchange, "account", { address: addresses[0], standing: "closed_only" })
      expect(await run(trader.client.closedOnly)).toBe(true)
    }))

  it("never shows a secret", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const { body } = await trader.request("GET", "/auth/derive-api-key")
      expect(body.error).toBe("Invalid L1 Request headers")
      const text = JSON.stringify(await state(exchange))
      expect(text).toContain(trader.key)
      expect(text).not.toMatch(/secret|passphrase/)
    }))

  it.each([
    ["mode", { mode: "asleep" }, "mode: must be one of normal, restarting, post_only, cancel_only, disabled"],
    ["mode", {}, "mode: must be one of"],
    ["mode", { mode: "normal", until: 5 }, "until: is unknown here: use mode"],
    ["mode", [], "body: must be a JSON object with mode"],
    ["restart", { now: true }, "now: is unknown here: use nothing"],
    ["fate", { fate: "lucky" }, "fate: must be one of confirm, retry_then_confirm, fail, stay_matched"],
    ["delay", { ms: -1 }, "ms: must be from 0 to"],
    ["advance", { seconds: "soon" }, "seconds: must be from 0 to"],
    ["faults", { rules: "teapot" }, 'rules: unknown fault "teapot"'],
    ["faults", { rules: 3 }, "rules: must be text"],
    ["trade", { token_id: "0x1", side: "buy", price: 0.5, qty: 1 }, "token_id: must be a decimal token id"],
    ["trade", { token_id: "99", side: "buy", price: 0.5, qty: 1 }, "token_id: has no order book"],
    ["trade", { token_id: YES, side: "hold", price: 0.5, qty: 1 }, "side: must be one of buy, sell"],
    ["trade", { token_id: YES, side: "buy", price: 1, qty: 1 }, "price: must be above 0 and below 1"],
    ["trade", { token_id: YES, side: "buy", price: 0.5, qty: 0 }, "qty: must be above 0"],
    [
      "trade",
      { token_id: YES, side: "buy", price: 0.1234567, qty: 1 },
      "price: must be above 0 and below 1, with at most six"
    ],
    ["deposit", { address: "0x12", amount: 5 }, "address: must be an address: 0x and 40 hexadecimal digits"],
    ["deposit", { address: wallets[0], amount: Number.NaN }, "amount: must be above 0"],
    ["deposit", { address: wallets[0], amount: -5 }, "amount: must be above 0"],
    ["allowance", { address: wallets[0], amount: 5 }, "amount: must be one of unlimited, none"],
    ["account", { address: wallets[0], standing: "rich" }, "standing: must be one of normal, closed_only, banned"],
    ["geoblock", { blocked: "no" }, "blocked: must be true or false"]
  ])("%s refuses %j", (command, value, error) =>
    withTrading(async (exchange) => {
      const before = await state(exchange)
      const answer = await tell(exchange, command, value)
      expect([answer.status, answer.body.error]).toEqual([400, expect.stringContaining(error)])
      expect(answer.body.error).not.toContain("\n")
      expect((await state(exchange)).wallets).toEqual(before.wallets)
    })
  )

  it("says what it knows when asked for anything else", () =>
    withTrading(async (exchange) => {
      for (const [method, path] of [
        ["GET", "/mode"],
        ["POST", "/state"],
        ["POST", "/constructor"],
        ["DELETE", "/state"]
      ] as const) {
        const response = await fetch(`${exchange.urls.control}${path}`, { method })
        expect([path, response.status]).toEqual([path, 404])
        expect(await response.text()).toContain("/control/trade {token_id, side, price, qty}")
      }
    }))
})
