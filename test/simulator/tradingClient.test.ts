import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { onVirtualTime } from "../../src/app/virtualClock.ts"
import { makeAuthenticator } from "../../src/polymarket/auth.ts"
import { makeOrderSigner } from "../../src/polymarket/orderSigning.ts"
import { obtainCredentials } from "../../src/polymarket/publicClient.ts"
import { type SignatureType } from "../../src/polymarket/rulebook.ts"
import { makeTradingClient } from "../../src/polymarket/tradingClient.ts"
import { makeSendRequest } from "../../src/polymarket/tradingHttp.ts"
import { type VenueFailure } from "../../src/polymarket/VenueFailure.ts"
import { makeInProcessExchange } from "../../src/simulator/inProcessClient.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { addresses, makeTrader, privateKeys, run, valuesOf, wallets, withTrading } from "./traders.ts"
import { CONDITION, YES } from "./tradingSupport.ts"

const accounts = ([0, 1, 2, 3] as const).flatMap((type) =>
  (["standard", "negRisk"] as const).map((kind) => [type, kind] as const)
)

const failure = (effect: Effect.Effect<unknown, VenueFailure>) => run(Effect.flip(effect))

describe("our own client against the loopback exchange", () => {
  it.each(accounts)("signature type %d on the %s exchange", (type: SignatureType, kind) =>
    withTrading(
      async (exchange) => {
        const trader = await makeTrader(exchange, { type, kind })
        const { client, key } = trader
        const maker = type === 0 ? addresses[0] : wallets[0]
        expect(await run(trader.publicClient.market(CONDITION))).toMatchObject({ exchange: kind, tick: 10_000 })

        const resting = await trader.sign({ price: 0.45, qty: 10 })
        expect(await run(client.postOrder(resting, { orderType: "GTC", postOnly: true }))).toEqual({
          status: "live",
          makingAmount: null,
          takingAmount: null,
          tradeIds: []
        })
        const taking = await trader.sign({ price: 0.53, qty: 150 })
        const placed = await run(client.postOrder(taking, { orderType: "FAK" }))
        expect(placed).toMatchObject({ status: "matched", takingAmount: 151_886_700 })
        // Never more than was signed: what the last share costs is rounded down.
        expect(placed.makingAmount).toBe(79_499_951)

        const [open] = await run(client.openOrders({ conditionId: CONDITION }))
        expect(open).toMatchObject({
          id: resting.hash,
          status: "live",
          maker_address: maker,
          size_matched: 0,
          price: 450_000
        })
        expect(await run(client.order(resting.hash))).toEqual(open)
        expect(await run(client.order(taking.hash))).toBe(null)

        const [trade, ...more] = await run(client.trades({ id: placed.tradeIds[0]! }))
        expect(more).toEqual([])
        expect(trade).toMatchObject({
          taker_order_id: taking.hash,
          owner: key,
          maker_address: maker,
          status: "matched"
        })
        expect(await run(client.balance(YES))).toMatchObject({ balance: 151_886_700n })
        expect((await run(client.balance(null))).balance).toBe(1_000_000_000n - 79_499_951n)
        await run(client.refreshBalance(null))

        expect(await run(client.cancelOrder(resting.hash))).toEqual({ canceled: [resting.hash], notCanceled: {} })
        const again = await run(client.cancelOrder(taking.hash))
        expect(again.notCanceled[taking.hash]).toBe("matched orders can't be canceled")
        expect(await run(client.openOrders())).toEqual([])
        expect([await run(client.closedOnly), await run(client.apiKeyCount)]).toEqual([false, 1])
      },
      { negRisk: kind === "negRisk" }
    )
  )

  it("derives what it created before", () =>
    withTrading(async (exchange) => {
      const [first, second] = [await makeTrader(exchange), await makeTrader(exchange)]
      expect(valuesOf(second.credentials)).toEqual(valuesOf(first.credentials))
    }))

  it("reads the exchange's refusals as what they are", () =>
    withTrading(async (exchange) => {
      const { client, sign } = await makeTrader(exchange)
      const order = await sign({ price: 0.4, qty: 10 })
      await run(client.postOrder(order, { orderType: "GTC" }))
      expect(await failure(client.postOrder(order, { orderType: "GTC" }))).toMatchObject({
        kind: "refused",
        code: "duplicate",
        nothingSent: false
      })
      const dear = await sign({ price: 0.4, qty: 1e5 })
      expect(await failure(client.postOrder(dear, { orderType: "GTC" }))).toMatchObject({
        code: "no_balance",
        nothingSent: true
      })
      exchange.trading.restart(await run(exchange.nowUs))
      expect(await failure(client.postOrder(dear, { orderType: "GTC" }))).toMatchObject({
        kind: "restarting",
        nothingSent: true,
        retryAfterMs: 90_000
      })
      expect(await failure(client.cancelAll)).toMatchObject({ kind: "restarting" })
      await run(exchange.advance(90_000_000))
      expect(await failure(client.postOrder(dear, { orderType: "GTC" }))).toMatchObject({
        kind: "paused",
        code: "post_only_mode",
        nothingSent: true
      })
    }))
})

describe("the exchange without sockets", () => {
  it("trades on virtual time: a trade is on the chain after seconds that nobody waits for", async () => {
    const backend = makeUniverse({ seed: 3, markets: 60 })
    const exchange = makeInProcessExchange({ backend, trading: { openingBalance: 20_000_000 } })
    const view = backend.at(backend.startUs)
    const { negRisk, tokens } = view.clobMarkets("markets").find(({ closed, tick }) => !closed && tick === 0.01)!
    const tokenId = tokens[0]!.id
    const ask = Math.round(Number(view.book(tokenId)!.asks.at(-1)!.price) * 1e6)
    const program = Effect.gen(function* () {
      const signer = yield* makeOrderSigner({
        privateKey: Redacted.make(privateKeys[0]),
        signatureType: 3,
        funder: wallets[0]!,
        chainId: 137
      })
      const { client, urls } = exchange
      const send = yield* makeSendRequest({ client, baseUrl: urls.clob, clockSkewSec: 0 })
      const credentials = yield* obtainCredentials(send, signer)
      const trading = makeTradingClient(send, yield* makeAuthenticator(signer.address, credentials), 3)
      const amounts = { makerAmount: ask * 20, takerAmount: 20_000_000 }
      const terms = { side: "buy", tokenId, amounts, salt: 1, createdAtUs: backend.startUs } as const
      const order = yield* signer.sign(terms, negRisk ? "negRisk" : "standard")
      const { status, tradeIds } = yield* trading.postOrder(order, { orderType: "GTC" })
      const chain = Effect.map(trading.trades({ id: tradeIds[0]! }), ([trade]) => trade?.status)
      const before = yield* chain
      yield* Effect.sleep("4 seconds")
      return [status, before, yield* chain, (yield* trading.balance(tokenId)).balance]
    })
    const seen = await run(onVirtualTime(backend.startUs, () => program))
    expect(seen).toEqual(["matched", "matched", "confirmed", 20_000_000n])
    const wallet = exchange.trading.balance(wallets[0]!, null, backend.startUs)
    expect(wallet).toBeLessThanOrEqual(20_000_000 - ask * 20)
    expect(wallet).toBeGreaterThan(0)
  })

  it("takes no orders unless it is told to", async () => {
    const backend = makeUniverse({ seed: 3, markets: 20 })
    const { client, urls } = makeInProcessExchange({ backend })
    const refused = await run(onVirtualTime(backend.startUs, () => client.post(`${urls.clob}/order`)))
    expect(refused.status).toBe(503)
  })
})
