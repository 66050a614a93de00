import { describe, expect, it } from "vitest"
import { addresses, makeTrader, type PostMore, run, type Wanted, wallets, withTrading } from "./traders.ts"
import { NO } from "./tradingSupport.ts"

const buy: Wanted = { price: 0.4, qty: 10 }
const noSuchToken = "999"

describe("POST /order", () => {
  it("answers what rests, what is filled, and what is partly filled", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const order = await trader.sign(buy)
      expect(await trader.postSigned(order)).toMatchObject({
        status: 200,
        body: {
          success: true,
          errorMsg: "",
          orderID: order.hash,
          status: "live",
          makingAmount: "",
          takingAmount: "",
          tradeIDs: []
        }
      })
      const filled = (await trader.post({ price: 0.52, qty: 60 }, { orderType: "FAK" })).body
      expect(filled).toMatchObject({ success: true, status: "matched", makingAmount: "31.2", takingAmount: "60" })
      expect(filled.tradeIDs).toHaveLength(1)
      const partly = (await trader.post({ price: 0.52, qty: 100 })).body
      expect(partly).toMatchObject({ success: true, status: "matched", makingAmount: "20.8", takingAmount: "40" })
      expect(exchange.trading.openOrders(trader.key, await run(exchange.nowUs))).toHaveLength(2)
    }))

  it("opens the wallet with the balance it is told", () =>
    withTrading(
      async (exchange) => {
        const trader = await makeTrader(exchange)
        expect((await trader.post({ price: 0.4, qty: 125 })).status).toBe(200)
        expect(await trader.post(buy)).toMatchObject({ status: 400, body: { error: "not enough balance / allowance" } })
      },
      {},
      { trading: { openingBalance: 50_000_000 } }
    ))

  const cases: ReadonlyArray<readonly [what: string, error: string, wanted: Wanted, more?: PostMore]> = [
    ["a price off the tick", "Price (0.405) breaks minimum tick size rule: 0.01", { price: 0.405, qty: 10 }],
    ["too few shares", "Size (4) lower than the minimum: 5", { price: 0.4, qty: 4 }],
    ["too little money", "not enough balance / allowance", { price: 0.4, qty: 1e6 }],
    ["more than numbers hold", "not enough balance / allowance", { price: 0.5, qty: 8e9 }],
    ["shares that it does not have", "not enough balance / allowance", { ...buy, side: "sell", price: 0.6 }],
    [
      "post-only that crosses",
      "invalid post-only order: order crosses book",
      { price: 0.52, qty: 10 },
      { postOnly: true }
    ],
    [
      "FOK that cannot fill",
      "order couldn't be fully filled. FOK orders are",
      { price: 0.52, qty: 200 },
      { orderType: "FOK" }
    ],
    ["FAK without counterparty", "no orders found to match with FAK order. FAK", buy, { orderType: "FAK" }],
    ["an expiration without GTD", "invalid expiration", { ...buy, expirationSec: 4_000_000_000 }],
    ["GTD without one", "invalid expiration", buy, { orderType: "GTD" }],
    [
      "a taking buy below a dollar",
      "invalid amount for a marketable BUY order ($0.52), min size: $1",
      { price: 0.52, qty: 1 },
      { orderType: "FAK" }
    ],
    [
      "amounts with many decimals",
      "invalid amounts, the market buy orders maker amount supports a max accuracy of 2",
      { price: 0.52, qty: 10.01 },
      { orderType: "FAK" }
    ],
    ["somebody else's API key", "the order owner has to be the owner of the API KEY", buy, { owner: "another" }]
  ]
  it.each(cases.map(([what, error, wanted, more]) => ({ what, error, wanted, more })))(
    "refuses $what: $error",
    ({ error, more, wanted }) =>
      withTrading(async (exchange) => {
        const trader = await makeTrader(exchange)
        const answer = await trader.post(wanted, more)
        expect([answer.status, answer.body.error]).toEqual([400, expect.stringContaining(error)])
        expect(exchange.trading.openOrders(trader.key, await run(exchange.nowUs))).toEqual([])
      })
  )

  it("refuses the very same order again, by its id", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const order = await trader.sign(buy)
      expect((await trader.postSigned(order)).status).toBe(200)
      const again = { status: 400, body: { error: `order ${order.hash} is invalid. Duplicated.` } }
      expect(await trader.postSigned(order)).toMatchObject(again)
      await trader.request("DELETE", "/order", JSON.stringify({ orderID: order.hash }))
      expect(await trader.postSigned(order)).toMatchObject(again)
    }))

  it("takes one of several that arrive together", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const order = await trader.sign(buy)
      const answers = await Promise.all([1, 2, 3].map(() => trader.postSigned(order)))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
      expect(exchange.trading.openOrders(trader.key, await run(exchange.nowUs))).toHaveLength(1)
    }))

  it("refuses a token without a book", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      expect(await trader.post({ ...buy, tokenId: noSuchToken })).toMatchObject({
        status: 404,
        body: { error: "No orderbook exists for the requested token id" }
      })
    }))

  it("checks the signature against the contract of the token's market, and everything that is signed", () =>
    withTrading(
      async (exchange) => {
        const wrong = { status: 400, body: { error: "invalid signature" } }
        expect(await (await makeTrader(exchange, { kind: "standard" })).post(buy)).toMatchObject(wrong)
        const trader = await makeTrader(exchange, { kind: "negRisk" })
        const order = await trader.sign(buy)
        const other = await trader.sign({ ...buy, price: 0.41 })
        for (const changed of [
          { signature: other.signature },
          { signature: "0x" as const },
          { signature: `${order.signature}00` as const },
          { makerAmount: "1" },
          { takerAmount: "11000000" },
          { side: "SELL" as const },
          { tokenId: NO },
          { timestamp: "1770000000001" },
          { salt: "99" },
          { builder: `0x${"1".repeat(64)}` as const },
          { metadata: `0x${"1".repeat(64)}` as const },
          { signatureType: 1 as const }
        ]) {
          expect([changed, await trader.postSigned({ ...order, ...changed })]).toMatchObject([changed, wrong])
        }
        expect((await trader.postSigned(order)).body).toMatchObject({ success: true, orderID: order.hash })
      },
      { negRisk: true }
    ))

  it("wants the signer to be the API key's address, or the deposit wallet itself", () =>
    withTrading(async (exchange) => {
      const wrong = { status: 400, body: { error: "the order signer address has to be the address of the API KEY" } }
      const own = await makeTrader(exchange)
      const stranger = await makeTrader(exchange, { nth: 1 })
      const strangers = await stranger.sign(buy)
      expect(await own.postSigned(strangers)).toMatchObject(wrong)
      const deposit = await makeTrader(exchange, { type: 3 })
      const order = await deposit.sign(buy)
      expect(order.signer).toBe(order.maker)
      expect(await deposit.postSigned({ ...order, signer: deposit.signer.address })).toMatchObject(wrong)
      expect((await deposit.postSigned(order)).status).toBe(200)
      // The deposit wallet of one, signed by the key of another.
      const forged = await (await makeTrader(exchange, { type: 3, nth: 1 })).sign(buy)
      expect(await deposit.postSigned(forged)).toMatchObject({ status: 400, body: { error: "invalid signature" } })
    }))

  it("ties a wallet to the account that uses it first", () =>
    withTrading(async (exchange) => {
      const wrong = {
        status: 400,
        body: { error: "maker address not allowed, please use the deposit wallet flow" }
      }
      const first = await makeTrader(exchange, { type: 1 })
      expect((await first.post(buy)).status).toBe(200)
      expect((await first.post(buy)).status).toBe(200)
      // The same wallet under another signature type, and of another key.
      expect(await (await makeTrader(exchange, { type: 2 })).post(buy)).toMatchObject(wrong)
      const other = await makeTrader(exchange, { type: 1, wallet: wallets[1]! })
      expect(await other.post(buy)).toMatchObject(wrong)
      const thief = await makeTrader(exchange, { type: 1, nth: 1, wallet: wallets[0]! })
      expect(await thief.post(buy)).toMatchObject(wrong)
      expect((await (await makeTrader(exchange, { type: 2, wallet: wallets[1]! })).post(buy)).status).toBe(200)
    }))

  it("says the account's standing: banned, or closed only", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      await trader.post({ price: 0.52, qty: 50 }, { orderType: "FAK" })
      const stand = (standing: string) =>
        fetch(`${exchange.urls.control}/account`, {
          method: "POST",
          body: JSON.stringify({ address: addresses[0], standing })
        })
      await stand("closed_only")
      expect((await trader.post(buy)).body.error).toBe(`'${addresses[0]}' address in closed only mode`)
      expect((await trader.post({ side: "sell", price: 0.48, qty: 20 }, { orderType: "FAK" })).status).toBe(200)
      expect((await trader.request("GET", "/auth/ban-status/closed-only")).body).toEqual({ closed_only: true })
      await stand("banned")
      expect((await trader.post(buy)).body.error).toBe(`'${addresses[0]}' address banned`)
      await stand("normal")
      expect((await trader.post(buy)).status).toBe(200)
    }))

  it("cannot read what is no order, passes over what it does not know, and names the first version", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const good = trader.payload(await trader.sign(buy))
      const bad: ReadonlyArray<unknown> = [
        null,
        [],
        "order",
        {},
        { ...good, order: null },
        { ...good, orderType: "IOC" },
        { ...good, owner: 7 },
        { ...good, postOnly: "yes" },
        ...["salt", "maker", "tokenId", "makerAmount", "signature", "timestamp", "builder", "expiration"].map(
          (name) => ({
            ...good,
            order: { ...good.order, [name]: undefined }
          })
        ),
        { ...good, order: { ...good.order, salt: String(good.order.salt) } },
        { ...good, order: { ...good.order, salt: 2 ** 53 } },
        { ...good, order: { ...good.order, side: 0 } },
        { ...good, order: { ...good.order, side: "buy" } },
        { ...good, order: { ...good.order, makerAmount: 4_000_000 } },
        { ...good, order: { ...good.order, makerAmount: "-4000000" } },
        { ...good, order: { ...good.order, signatureType: 4 } },
        { ...good, order: { ...good.order, maker: "0x1" } }
      ]
      const send = (value: unknown) => trader.request("POST", "/order", JSON.stringify(value))
      for (const value of bad) {
        expect([value, await send(value)]).toMatchObject([
          value,
          { status: 400, body: { error: "Invalid order payload" } }
        ])
      }
      expect((await trader.request("POST", "/order", "{")).body.error).toBe("Invalid order payload")
      const before = { ...good.order, timestamp: undefined }
      expect((await send({ ...good, order: { ...before, nonce: "0", feeRateBps: "0" } })).body).toEqual({
        error: "order_version_mismatch"
      })
      expect((await send({ ...good, more: 1, order: { ...good.order, taker: "0x0" } })).status).toBe(200)
    }))
})

describe("POST /orders", () => {
  it("answers each order in its place", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const [first, second, third] = [
        await trader.sign(buy),
        await trader.sign({ price: 0.4, qty: 1 }),
        await trader.sign(buy)
      ]
      const body = JSON.stringify([first, second, third, first].map((order) => trader.payload(order)))
      const answer = await trader.request("POST", "/orders", body)
      expect(answer.status).toBe(200)
      expect(answer.body).toMatchObject([
        { success: true, errorMsg: "", orderID: first.hash, status: "live" },
        { success: true, errorMsg: expect.stringContaining("lower than the minimum: 5"), orderID: "", status: "" },
        { orderID: third.hash },
        { errorMsg: expect.stringContaining("Duplicated."), orderID: "" }
      ])
    }))

  it("refuses too many, none, and all of them while the exchange restarts", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const payload = trader.payload(await trader.sign(buy))
      const send = (count: number) =>
        trader.request("POST", "/orders", JSON.stringify(Array.from({ length: count }, () => payload)))
      expect(await send(16)).toMatchObject({
        status: 400,
        body: { error: "Too many orders in payload: 16, max allowed: 15" }
      })
      expect((await send(0)).body.error).toBe("Invalid order payload")
      exchange.trading.setMode("restarting")
      expect((await send(2)).status).toBe(425)
      exchange.trading.setMode("normal")
      expect((await send(2)).status).toBe(200)
    }))
})
