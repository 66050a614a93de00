import { type ApiKeyCreds, AssetType, ClobClient, OrderType, Side } from "@polymarket/clob-client-v2"
import { createWalletClient, http } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { polygon } from "viem/chains"
import { describe, expect, it } from "vitest"
import { type Exchange } from "../../src/simulator/server.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { type Loose, withExchange } from "./support.ts"
import { privateKeys, wallets } from "./traders.ts"

const backend = makeUniverse({ seed: 3, markets: 60 })

/** A market with a wide book whose kind and tick are known. */
const marketOf = (negRisk: boolean) => {
  const view = backend.at(backend.startUs)
  const row = view
    .clobMarkets("markets")
    .find(
      (one) => !one.closed && one.negRisk === negRisk && one.tick === 0.01 && view.book(one.tokens[0]!.id) !== undefined
    )!
  const book = view.book(row.tokens[0]!.id)!
  return { row, tokenID: row.tokens[0]!.id, bid: Number(book.bids.at(-1)!.price), ask: Number(book.asks.at(-1)!.price) }
}

/** Nothing is ever asked of the chain: an address that refuses proves it. */
const transport = http("http://127.0.0.1:1")

const officialClient = async (
  { urls }: Exchange,
  signatureType: 0 | 1 | 2 | 3,
  useServerTime = false,
  given?: ApiKeyCreds
) => {
  const signer = createWalletClient({ account: privateKeyToAccount(privateKeys[0]), chain: polygon, transport })
  const host = urls.clob
  const funder = signatureType === 0 ? {} : { funderAddress: wallets[0]! }
  const account = { host, chain: 137, signer, signatureType, useServerTime, ...funder }
  const creds = given ?? (await new ClobClient(account).createOrDeriveApiKey())
  return { creds, client: new ClobClient({ ...account, creds }) }
}

const withUniverse = <A>(body: (exchange: Exchange) => Promise<A>) =>
  withExchange({ backend, trading: {}, time: { kind: "manual" } }, body)

describe("the exchange's own client", () => {
  it.each([
    ["EOA", 0, "standard"],
    ["EOA", 0, "neg-risk"],
    ["proxy", 1, "standard"],
    ["Safe", 2, "neg-risk"],
    ["deposit wallet", 3, "standard"],
    ["deposit wallet", 3, "neg-risk"]
  ] as const)("%s (type %d) on the %s exchange trades from the first key to the last cancel", (_, type, kind) =>
    withUniverse(async (exchange) => {
      const { client, creds } = await officialClient(exchange, type)
      const { ask, bid, row, tokenID } = marketOf(kind === "neg-risk")
      expect(await client.getNegRisk(tokenID)).toBe(kind === "neg-risk")
      expect((await client.getClobMarketInfo(row.conditionId)).c).toBe(row.conditionId)

      const resting = await client.createAndPostOrder({ tokenID, price: 0.02, size: 20, side: Side.BUY })
      expect(resting).toMatchObject({ success: true, errorMsg: "", status: "live", takingAmount: "", tradeIDs: [] })
      expect(await client.getOrder(resting.orderID)).toMatchObject({
        id: resting.orderID,
        status: "LIVE",
        price: "0.02"
      })

      const size = 20
      const bought: Loose = await client.createAndPostOrder({ tokenID, price: ask, size, side: Side.BUY })
      expect(bought).toMatchObject({ success: true, status: "matched", takingAmount: String(size) })
      expect(bought.transactionsHashes).toHaveLength(1)

      const sold: Loose = await client.createAndPostMarketOrder(
        { tokenID, amount: 2, side: Side.SELL, price: bid },
        {},
        OrderType.FAK
      )
      expect(sold).toMatchObject({ success: true, status: "matched", makingAmount: "2" })

      const trades = await client.getTrades({ market: row.conditionId })
      expect(trades.map(({ owner, side, taker_order_id }) => [taker_order_id, side, owner])).toEqual([
        [sold.orderID, "SELL", creds.key],
        [bought.orderID, "BUY", creds.key]
      ])
      const shares = await client.getBalanceAllowance({ asset_type: AssetType.CONDITIONAL, token_id: tokenID })
      expect(shares.balance).toBe("18000000")
      const money = await client.getBalanceAllowance({ asset_type: AssetType.COLLATERAL })
      const paid = size * ask - 2 * bid
      expect(Number(money.balance) / 1e6).toBeLessThanOrEqual(1_000 - paid)
      expect(Number(money.balance) / 1e6).toBeGreaterThan(1_000 - paid - 1)

      expect((await client.getOpenOrders()).map(({ id }) => id)).toEqual([resting.orderID])
      expect(await client.cancelOrder({ orderID: resting.orderID })).toEqual({
        canceled: [resting.orderID],
        not_canceled: {}
      })
      expect(await client.getOpenOrders()).toEqual([])
    })
  )

  it("places a batch, and cancels by ids, market and all; FAK without price walks the book", () =>
    withUniverse(async (exchange) => {
      const { client } = await officialClient(exchange, 3, true)
      const { row, tokenID } = marketOf(true)
      const order = (price: number) => client.createOrder({ tokenID, price, size: 5, side: Side.BUY })
      const post = async (prices: ReadonlyArray<number>) =>
        client.postOrders(
          await Promise.all(prices.map(async (price) => ({ order: await order(price), orderType: OrderType.GTC })))
        )
      const ids = (await post([0.01, 0.02, 0.03, 0.04])).map(({ orderID }: Loose) => orderID)
      expect(new Set(ids).size).toBe(4)
      expect((await client.cancelOrders(ids.slice(0, 2))).canceled).toEqual(ids.slice(0, 2))
      expect((await client.cancelMarketOrders({ market: row.conditionId, asset_id: tokenID })).canceled).toEqual(
        ids.slice(2)
      )
      const [last]: Array<Loose> = await post([0.01])
      expect((await client.cancelAll()).canceled).toEqual([last.orderID])
      const spent: Loose = await client.createAndPostMarketOrder(
        { tokenID, amount: 5, side: Side.BUY },
        {},
        OrderType.FAK
      )
      expect(spent).toMatchObject({ success: true, status: "matched" })
      expect(Number(spent.makingAmount)).toBeCloseTo(5, 3)
      expect(await client.getClosedOnlyMode()).toEqual({ closed_only: false })
    }))

  it("is told why not: the wrong exchange, the same order again, wrong credentials", () =>
    withUniverse(async (exchange) => {
      const { client, creds } = await officialClient(exchange, 0)
      const { tokenID } = marketOf(true)
      const wanted = { tokenID, price: 0.02, size: 10, side: Side.BUY }
      const wrong = await client.createOrder(wanted, { tickSize: "0.01", negRisk: false })
      expect(await client.postOrder(wrong)).toMatchObject({ status: 400, error: "invalid signature" })
      const right = await client.createOrder(wanted)
      const { orderID } = await client.postOrder(right)
      expect(await client.postOrder(right)).toMatchObject({
        status: 400,
        error: `order ${orderID} is invalid. Duplicated.`
      })
      const first = await client.createOrder(wanted, { tickSize: "0.01", version: 1 })
      expect(await client.postOrder(first)).toMatchObject({ status: 400, error: "order_version_mismatch" })
      const wrongCreds = { ...creds, passphrase: "another" }
      const stranger = (await officialClient(exchange, 0, false, wrongCreds)).client
      expect(await stranger.cancelAll()).toMatchObject({ status: 401, error: "Unauthorized/Invalid api key" })
    }))
})
