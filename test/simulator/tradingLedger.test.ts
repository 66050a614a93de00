import { describe, expect, it } from "vitest"
import { contracts } from "../../src/polymarket/rulebook.ts"
import { type Exchange } from "../../src/simulator/server.ts"
import { type Loose, get, post } from "./support.ts"
import { addresses, makeTrader, run, type Trader, wallets, withTrading } from "./traders.ts"
import { CONDITION, limit, NO, START, usual, YES } from "./tradingSupport.ts"

const { exchange: venues } = contracts[137]

const control = (exchange: Exchange, path: string, value: unknown) => post(`${exchange.urls.control}/${path}`, value)

const rows = async (trader: Trader, path: string): Promise<Array<Loose>> => (await fetchSigned(trader, path)).body.data

/** A query is not part of what is signed. */
const fetchSigned = async (trader: Trader, path: string): Promise<{ status: number; body: Loose }> => {
  const headers = trader.headersAt(Math.floor(Date.now() / 1_000), "GET", path.split("?")[0]!)
  const response = await fetch(`${trader.url}${path}`, { headers })
  return { status: response.status, body: await response.json() }
}

describe("open orders", () => {
  it("are shown as the exchange writes them", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange, { type: 3 })
      const order = await trader.sign({ price: 0.47, qty: 12.5, tokenId: NO })
      await trader.postSigned(order)
      const shown = {
        id: order.hash,
        status: "LIVE",
        owner: trader.key,
        maker_address: wallets[0],
        market: CONDITION,
        asset_id: NO,
        side: "BUY",
        original_size: "12.5",
        size_matched: "0",
        price: "0.47",
        associate_trades: [],
        outcome: "No",
        created_at: START / 1e6,
        expiration: "0",
        order_type: "GTC"
      }
      expect((await trader.request("GET", "/data/orders")).body).toEqual({
        limit: 100,
        count: 1,
        next_cursor: "LTE=",
        data: [shown]
      })
      expect((await trader.request("GET", `/data/order/${order.hash}`)).body).toEqual(shown)
      expect((await trader.request("GET", "/data/order/0x01")).body).toBe(null)
    }))

  it("are filtered by market, token and id, and paged by a hundred", () =>
    withTrading(
      async (exchange) => {
        const trader = await makeTrader(exchange)
        await trader.post({ price: 0.01, qty: 5 })
        const nowUs = await run(exchange.nowUs)
        for (let i = 0; i < 104; i++) {
          exchange.trading.place(limit({ price: 0.01, qty: 5, owner: trader.key, maker: addresses[0]! }), nowUs)
        }
        const other = await trader.sign({ price: 0.02, qty: 5, tokenId: NO })
        await trader.postSigned(other)
        const first = (await trader.request("GET", "/data/orders")).body
        expect([first.count, first.data.length, first.next_cursor]).toEqual([100, 100, "MTAw"])
        const second = (await fetchSigned(trader, "/data/orders?next_cursor=MTAw")).body
        expect([second.count, second.next_cursor]).toEqual([6, "LTE="])
        const ids = [...first.data, ...second.data].map(({ id }: Loose) => id)
        expect([new Set(ids).size, ids.at(-1)]).toEqual([106, other.hash])
        expect((await fetchSigned(trader, "/data/orders?next_cursor=LTE=")).body.data).toEqual([])
        expect(await rows(trader, `/data/orders?asset_id=${NO}`)).toMatchObject([{ id: other.hash }])
        expect(await rows(trader, `/data/orders?id=${ids[3]}`)).toMatchObject([{ id: ids[3] }])
        expect(await rows(trader, "/data/orders?market=0xff")).toEqual([])
        const bad = await fetchSigned(trader, "/data/orders?next_cursor=x")
        expect(bad).toEqual({ status: 400, body: { error: "invalid order params payload" } })
      },
      {},
      { trading: { openingBalance: 1e12 } }
    ))
})

describe("trades", () => {
  it("of a taker: the counterparties in maker_orders", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const order = await trader.sign({ price: 0.53, qty: 150 })
      await trader.postSigned(order)
      const [trade, ...more] = await rows(trader, "/data/trades")
      expect(more).toEqual([])
      expect(trade).toMatchObject({
        taker_order_id: order.hash,
        market: CONDITION,
        asset_id: YES,
        side: "BUY",
        size: "150",
        fee_rate_bps: "0",
        price: "0.523333",
        status: "TRADE_STATUS_MATCHED",
        match_time: String(START / 1e6),
        match_time_nano: `${START}000`,
        last_update: String(START / 1e6),
        outcome: "Yes",
        bucket_index: 0,
        owner: trader.key,
        maker_address: addresses[0],
        err_msg: "",
        trader_side: "TAKER"
      })
      expect(trade.id).toMatch(/^[0-9a-f-]{36}$/)
      expect(trade.transaction_hash).toMatch(/^0x[0-9a-f]{64}$/)
      expect(trade.maker_orders.map((row: Loose) => row.matched_amount)).toEqual(["100", "50"])
      expect(Object.keys(trade.maker_orders[0])).toEqual([
        "order_id",
        "owner",
        "maker_address",
        "matched_amount",
        "price",
        "fee_rate_bps",
        "asset_id",
        "outcome",
        "side"
      ])
    }))

  it("of a maker: the top is the taker's, also on the complementary token", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange, { type: 2 })
      const order = await trader.sign({ price: 0.5, qty: 20 })
      await trader.postSigned(order)
      expect((await control(exchange, "trade", { token_id: NO, side: "buy", price: 0.5, qty: 8 })).body).toEqual({
        filled: 8
      })
      expect(
        (await control(exchange, "trade", { token_id: YES, side: "sell", price: "0.49", qty: "30" })).body
      ).toEqual({
        filled: 12
      })
      const [second, first] = await rows(trader, "/data/trades")
      expect(first).toMatchObject({
        asset_id: NO,
        outcome: "No",
        side: "BUY",
        size: "8",
        price: "0.5",
        trader_side: "MAKER"
      })
      expect(second).toMatchObject({ asset_id: YES, side: "SELL", size: "12", trader_side: "MAKER" })
      for (const trade of [first, second]) {
        expect(trade.owner).not.toBe(trader.key)
        expect(trade.taker_order_id).not.toBe(order.hash)
        expect(trade.maker_orders.filter((row: Loose) => row.owner === trader.key)).toMatchObject([
          { order_id: order.hash, maker_address: wallets[0], asset_id: YES, outcome: "Yes", side: "BUY", price: "0.5" }
        ])
      }
    }))

  it("are filtered by id, market, token, address and time, both ends left out", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const at = START / 1e6
      await trader.post({ price: 0.52, qty: 10 }, { orderType: "FAK" })
      await run(exchange.advance(10_000_000))
      await trader.post({ price: 0.52, qty: 5, tokenId: NO }, { orderType: "FAK" })
      const sizes = async (query: string) => (await rows(trader, `/data/trades?${query}`)).map(({ size }) => size)
      const [newest] = await rows(trader, "/data/trades")
      expect(await sizes("")).toEqual(["5", "10"])
      expect(await sizes(`id=${newest.id}`)).toEqual(["5"])
      expect(await sizes("id=unknown")).toEqual([])
      expect(await sizes(`market=${CONDITION.toUpperCase().replace("X", "x")}`)).toEqual(["5", "10"])
      expect(await sizes("market=0x1")).toEqual([])
      expect(await sizes(`asset_id=${NO}`)).toContain("5")
      expect(await sizes(`maker_address=${addresses[0]!.toLowerCase()}`)).toEqual(["5", "10"])
      expect(await sizes(`maker_address=${addresses[1]}`)).toEqual([])
      expect(await sizes(`after=${at}`)).toEqual(["5"])
      expect(await sizes(`after=${at - 1}&before=${at + 10}`)).toEqual(["10"])
      const bad = await fetchSigned(trader, "/data/trades?after=yesterday")
      expect(bad).toEqual({ status: 400, body: { error: "invalid trade params payload" } })
    }))

  it("go their way onto the chain, or fail and give the money back", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const statuses = async () => (await rows(trader, "/data/trades")).map(({ status }) => status)
      await trader.post({ price: 0.52, qty: 10 }, { orderType: "FAK" })
      exchange.trading.setCourse("fail")
      await trader.post({ price: 0.52, qty: 20 }, { orderType: "FAK" })
      const wallet = async () => (await fetchSigned(trader, "/balance-allowance?asset_type=COLLATERAL")).body.balance
      expect(await statuses()).toEqual(["TRADE_STATUS_MATCHED", "TRADE_STATUS_MATCHED"])
      expect(await wallet()).toBe(String(1_000_000_000 - 15_600_000))
      await run(exchange.advance(2_000_000))
      expect(await statuses()).toEqual(["TRADE_STATUS_FAILED", "TRADE_STATUS_MINED"])
      expect((await rows(trader, "/data/trades"))[0].err_msg).not.toBe("")
      await run(exchange.advance(2_000_000))
      expect(await statuses()).toEqual(["TRADE_STATUS_FAILED", "TRADE_STATUS_CONFIRMED"])
      expect(await wallet()).toBe(String(1_000_000_000 - 5_200_000))
    }))
})

describe("balance and allowance", () => {
  const ask = (trader: Trader, query: string) => fetchSigned(trader, `/balance-allowance?${query}`)

  it("of a wallet by signature type, in base units", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange, { type: 3 })
      const unlimited = String(2n ** 256n - 1n)
      // Not traded yet: its address is not known, what it will have is.
      expect((await ask(trader, "asset_type=COLLATERAL&signature_type=3")).body).toMatchObject({
        balance: "1000000000",
        allowances: { [venues.standard]: unlimited, [venues.negRisk]: unlimited }
      })
      await trader.post({ price: 0.52, qty: 100 }, { orderType: "FAK" })
      expect((await ask(trader, "asset_type=COLLATERAL&signature_type=3")).body.balance).toBe("948000000")
      expect((await ask(trader, `asset_type=CONDITIONAL&token_id=${YES}&signature_type=3`)).body.balance).toBe(
        "100000000"
      )
      // The key's own account is another wallet, and the usual mistake.
      expect((await ask(trader, `asset_type=CONDITIONAL&token_id=${YES}`)).body.balance).toBe("0")
      await control(exchange, "allowance", { address: wallets[0], amount: "none" })
      const none = (await ask(trader, "asset_type=COLLATERAL&signature_type=3")).body
      expect(none.allowances[venues.standard]).toBe("0")
      expect((await trader.post({ price: 0.4, qty: 5 })).body.error).toBe("not enough balance / allowance")
      expect((await trader.request("GET", "/balance-allowance/update")).status).toBe(200)
    }))

  it.each([
    ["asset_type=MONEY", "invalid asset type"],
    ["", "invalid asset type"],
    ["asset_type=CONDITIONAL", "invalid token id"],
    ["asset_type=CONDITIONAL&token_id=0x1", "invalid token id"],
    ["asset_type=COLLATERAL&signature_type=4", "invalid signature type"]
  ])("refuses %j: %s", (query, error) =>
    withTrading(async (exchange) => {
      expect(await ask(await makeTrader(exchange), query)).toEqual({ status: 400, body: { error } })
    })
  )
})

describe("public books", () => {
  it("show what rests and no longer what was taken", () =>
    withTrading(
      async (exchange) => {
        const trader = await makeTrader(exchange)
        const url = (path: string) => `${exchange.urls.clob}${path}`
        const before = (await get(url(`/book?token_id=${YES}`))).body
        expect(before.bids).toEqual([
          { price: "0.47", size: "100" },
          { price: "0.48", size: "100" }
        ])
        await trader.post({ price: 0.5, qty: 20 })
        await trader.post({ price: 0.52, qty: 30 }, { orderType: "FAK" })
        const after = (await get(url(`/book?token_id=${YES}`))).body
        expect(after.bids.at(-1)).toEqual({ price: "0.5", size: "20" })
        expect(after.asks.at(-1)).toEqual({ price: "0.52", size: "70" })
        expect(after.hash).not.toBe(before.hash)
        expect((await get(url(`/price?token_id=${YES}&side=BUY`))).body).toEqual({ price: "0.5" })
        expect((await get(url(`/midpoint?token_id=${YES}`))).body).toEqual({ mid: "0.51" })
        expect((await post(url("/books"), [{ token_id: YES }])).body[0].bids).toEqual(after.bids)
        expect((await post(url("/prices"), [{ token_id: YES, side: "SELL" }])).body).toEqual({
          [YES]: { SELL: "0.52" }
        })
        await trader.request("DELETE", "/cancel-all")
        expect((await get(url(`/price?token_id=${YES}&side=BUY`))).body).toEqual({ price: "0.48" })
      },
      { states: [usual] }
    ))
})
