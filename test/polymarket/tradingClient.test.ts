import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { createHmac } from "node:crypto"
import { inspect } from "node:util"
import { expect } from "vitest"
import { makeAuthenticator } from "../../src/polymarket/auth.ts"
import { makeOrderSigner } from "../../src/polymarket/orderSigning.ts"
import { orderBody, type SignedOrder } from "../../src/polymarket/signedOrder.ts"
import { makePublicClient, obtainCredentials } from "../../src/polymarket/publicClient.ts"
import { makeTradingClient } from "../../src/polymarket/tradingClient.ts"
import { makeSendRequest } from "../../src/polymarket/tradingHttp.ts"
import { serve } from "./testServer.ts"

/** First account of a well-known test chain: never holds anything. */
const privateKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const secret = Buffer.from("hidden-secret-bytes").toString("base64url")
const credentials = {
  key: Redacted.make("hidden-api-key"),
  secret: Redacted.make(secret),
  passphrase: Redacted.make("hidden-passphrase")
}

interface Seen {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

type Answer = (seen: Seen, nth: number) => Response | Effect.Effect<Response>

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers })

/** An exchange in this process: answers as told, remembers what it saw. */
const exchange = (answer: Answer) => {
  const seen: Array<Seen> = []
  const client = HttpClient.make((request, url) => {
    const body = request.body._tag === "Uint8Array" ? Buffer.from(request.body.body).toString("utf8") : ""
    const one = { method: request.method, path: url.pathname, query: url.search, headers: request.headers, body }
    const told = answer(one, seen.push(one) - 1)
    return Effect.map(Effect.isEffect(told) ? told : Effect.succeed(told), (response) =>
      HttpClientResponse.fromWeb(request, response)
    )
  })
  return { client, seen }
}

const signer = makeOrderSigner({
  privateKey: Redacted.make(privateKey),
  signatureType: 0,
  funder: null,
  chainId: 137
})

const sign = Effect.flatMap(signer, ({ sign }) =>
  sign(
    {
      side: "buy",
      tokenId: "713",
      amounts: { makerAmount: 5_000_000, takerAmount: 10_000_000 },
      salt: 1,
      createdAtUs: 1_770_000_000_000_000
    },
    "standard"
  )
)

const trading = (client: HttpClient.HttpClient, baseUrl = "http://127.0.0.1:1", clockSkewSec = 0) =>
  Effect.gen(function* () {
    const send = yield* makeSendRequest({ client, baseUrl, clockSkewSec })
    const { address } = yield* signer
    return { send, ...makeTradingClient(send, yield* makeAuthenticator(address, credentials), 0) }
  })

const accepted = (order: SignedOrder, more: object = {}) => ({
  success: true,
  errorMsg: "",
  orderID: order.hash,
  status: "live",
  makingAmount: "",
  takingAmount: "",
  tradeIDs: [],
  ...more
})

const post = (answer: (order: SignedOrder) => Answer) =>
  Effect.gen(function* () {
    const order = yield* sign
    const { client, seen } = exchange(answer(order))
    const { postOrder } = yield* trading(client)
    return { order, seen, sent: postOrder(order, { orderType: "GTC" }) }
  })

describe("POST /order", () => {
  it.effect("sends once what was authenticated, at the exchange's time", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_770_000_000_500)
      const order = yield* sign
      const { client, seen } = exchange(() => json(accepted(order)))
      const { postOrder } = yield* trading(client, "http://127.0.0.1:1", 7)
      expect(yield* postOrder(order, { orderType: "GTC", postOnly: true })).toStrictEqual({
        status: "live",
        makingAmount: null,
        takingAmount: null,
        tradeIds: []
      })
      const [one] = seen
      const body = orderBody(order, { orderType: "GTC", postOnly: true, owner: "hidden-api-key" })
      expect([seen.length, one?.method, one?.path, one?.body]).toStrictEqual([1, "POST", "/order", body])
      const signature = createHmac("sha256", "hidden-secret-bytes")
        .update(`1770000007POST/order${body}`)
        .digest("base64url")
      expect(one?.headers).toMatchObject({
        "content-type": "application/json",
        poly_address: order.maker,
        poly_api_key: "hidden-api-key",
        poly_passphrase: "hidden-passphrase",
        poly_timestamp: "1770000007",
        poly_signature: `${signature}=`
      })
    })
  )

  it.effect("says what was filled at once", () =>
    Effect.gen(function* () {
      const { sent } = yield* post(
        (order) => () =>
          json(accepted(order, { status: "matched", makingAmount: "2.5", takingAmount: "5", tradeIDs: ["t1"] }))
      )
      expect(yield* sent).toStrictEqual({
        status: "matched",
        makingAmount: 2_500_000,
        takingAmount: 5_000_000,
        tradeIds: ["t1"]
      })
    })
  )

  const id = `0x${"9".repeat(64)}`
  it.effect.each([
    [400, { error: "not enough balance / allowance: 0" }, "refused", "no_balance", true],
    [400, { error: `order ${id} is invalid. Duplicated.` }, "refused", "duplicate", false],
    [
      400,
      { error: `order ${id} is invalid. Price (0.555) breaks minimum tick size rule: 0.01` },
      "refused",
      "off_tick",
      true
    ],
    [
      400,
      { error: "order couldn't be fully filled. FOK orders are fully filled or killed." },
      "refused",
      "not_filled",
      true
    ],
    [401, { error: "Unauthorized/Invalid api key" }, "unauthorized", "unauthorized", true],
    [403, "<html>blocked</html>", "forbidden", "other", true],
    [408, "", "timeout", "other", false],
    [425, "Too Early", "restarting", "other", true],
    [429, { error: "slow down" }, "rate_limited", "other", true],
    [500, { error: "could not insert order" }, "server_error", "other", false],
    [502, "<html>", "server_error", "other", false],
    [503, { error: "Service unavailable" }, "server_error", "other", false],
    [
      503,
      { error: "post-only mode: only post-only orders and cancels are allowed", code: "post_only_mode" },
      "paused",
      "post_only_mode",
      true
    ],
    [503, { error: "Trading is currently cancel-only. New orders are not accepted" }, "paused", "cancel_only", true],
    [302, "", "malformed", "other", false],
    [200, "<html>", "malformed", "other", false],
    [200, "", "malformed", "other", false],
    [200, { success: true, errorMsg: "not enough balance / allowance", orderID: "" }, "refused", "no_balance", true],
    [200, { success: false, errorMsg: "", orderID: "" }, "refused", "other", true],
    [
      200,
      { success: false, errorMsg: `order ${id} is invalid. Duplicated.`, orderID: "" },
      "refused",
      "duplicate",
      false
    ],
    [200, { success: true, errorMsg: "", orderID: id, status: "live" }, "malformed", "other", false],
    [200, { success: true, errorMsg: "", orderID: "" }, "malformed", "other", false],
    [200, {}, "malformed", "other", false],
    [200, { success: "yes" }, "malformed", "other", false]
  ] as const)("HTTP %d %j: %s, %s, nothing sent: %s; one attempt", ([status, body, kind, code, nothingSent]) =>
    Effect.gen(function* () {
      const text = typeof body === "string" ? body : JSON.stringify(body)
      const { seen, sent } = yield* post(() => () => new Response(text, { status }))
      const failure = yield* Effect.flip(sent)
      expect(failure).toMatchObject({ _tag: "VenueFailure", operation: "POST /order", kind, code, nothingSent })
      expect(seen.length).toBe(1)
    })
  )

  it.effect("an order that the exchange left between yes and no is not taken for either", () =>
    Effect.gen(function* () {
      const { sent } = yield* post((order) => () => json(accepted(order, { status: "unmatched" })))
      expect(yield* Effect.flip(sent)).toMatchObject({ kind: "malformed", nothingSent: false })
    })
  )

  it.effect("passes on how long the exchange wants to be left alone", () =>
    Effect.gen(function* () {
      const { sent } = yield* post(() => () => json({ error: "x" }, 429, { "retry-after": "3" }))
      expect((yield* Effect.flip(sent)).retryAfterMs).toBe(3_000)
    })
  )

  it.effect("an answer that never comes ends at the deadline, and may have been an order", () =>
    Effect.gen(function* () {
      const { seen, sent } = yield* post(() => () => Effect.never)
      const waiting = yield* Effect.fork(Effect.flip(sent))
      yield* TestClock.adjust("10 seconds")
      expect(yield* Fiber.join(waiting)).toMatchObject({ kind: "timeout", nothingSent: false })
      expect(seen.length).toBe(1)
    })
  )

  for (const [name, layer] of [
    ["fetch", FetchHttpClient.layer],
    ["node http", NodeHttpClient.layer],
    ["undici", NodeHttpClient.layerUndici]
  ] as const) {
    it.scopedLive(`${name}: a refused connection sent nothing, one that broke may have`, () =>
      Effect.gen(function* () {
        const client = yield* HttpClient.HttpClient
        const order = yield* sign
        const broken = yield* serve((_url, _response, _nth, request) => void request.socket.destroy())
        const closed = yield* Effect.scoped(serve(() => undefined))
        const failing = (baseUrl: string) =>
          Effect.flatMap(trading(client, baseUrl), ({ postOrder }) =>
            Effect.flip(postOrder(order, { orderType: "GTC" }))
          )
        expect(yield* failing(closed.baseUrl)).toMatchObject({ kind: "network", nothingSent: true })
        expect(yield* failing(broken.baseUrl)).toMatchObject({ kind: "network", nothingSent: false })
        expect(broken.requests).toStrictEqual(["/order"])
      }).pipe(Effect.provide(layer))
    )
  }
})

describe("no secret shows", () => {
  const leaks = /hidden|ac0974bec|c2VjcmV0|aGlkZGVu/

  it.effect("in the failure of an exchange that repeats what it was sent", () =>
    Effect.gen(function* () {
      const { sent } = yield* post(
        () => (seen) => json({ error: `bad: ${JSON.stringify(seen.headers)} ${seen.body}` }, 401)
      )
      const cause = yield* Effect.flip(Effect.sandbox(sent))
      const shown = `${Cause.pretty(cause)}${inspect(cause, { depth: 9 })}${JSON.stringify(cause)}`
      expect(shown).toContain("<redacted>")
      expect(shown).not.toMatch(leaks)
    })
  )

  it.effect("in the failure of an answer with credentials of a wrong shape", () =>
    Effect.gen(function* () {
      const { client } = exchange(() => json({ apiKey: "hidden-one", secret: { hidden: "hidden-two" }, passphrase: 1 }))
      const { send } = yield* trading(client)
      const cause = yield* Effect.flip(Effect.sandbox(obtainCredentials(send, yield* signer)))
      const shown = `${Cause.pretty(cause)}${inspect(cause, { depth: 9 })}${JSON.stringify(cause)}`
      expect(shown).toMatch(/unexpected shape at .*secret/)
      expect(shown).not.toMatch(leaks)
    })
  )
})

describe("credentials", () => {
  it.effect("that exist are derived; those that do not are created, once", () =>
    Effect.gen(function* () {
      const answer = { apiKey: "k", secret: "s", passphrase: "p" }
      const existing = exchange(() => json(answer))
      const none = exchange(({ method }) => (method === "GET" ? json({ error: "no key" }, 400) : json(answer)))
      for (const { client } of [existing, none]) {
        const { send } = yield* trading(client)
        const got = yield* obtainCredentials(send, yield* signer, 3)
        expect([got.key, got.secret, got.passphrase].map(Redacted.value)).toStrictEqual(["k", "s", "p"])
      }
      const calls = (of: typeof none) => of.seen.map(({ method, path }) => `${method} ${path}`)
      expect(calls(existing)).toStrictEqual(["GET /auth/derive-api-key"])
      expect(calls(none)).toStrictEqual(["GET /auth/derive-api-key", "POST /auth/api-key"])
      expect(none.seen[1]?.headers).toMatchObject({ poly_nonce: "3" })
    })
  )

  it.effect("are not created when the exchange could not be asked", () =>
    Effect.gen(function* () {
      const { client, seen } = exchange(() => json({ error: "x" }, 500))
      const { send } = yield* trading(client)
      yield* Effect.flip(Effect.asVoid(obtainCredentials(send, yield* signer)))
      expect(seen.length).toBe(1)
    })
  )
})

const order = (id: string) => ({
  id,
  status: "ORDER_STATUS_LIVE",
  owner: "hidden-api-key",
  maker_address: "0x1",
  market: "0xm",
  asset_id: "713",
  side: "SELL",
  original_size: "10.5",
  size_matched: "0",
  price: "0.5",
  created_at: 1_770_000_000,
  order_type: "GTC"
})

describe("the account's ledger", () => {
  it.effect.each([["LTE="], [""], ["two"], [undefined]])(
    "open orders are read page by page until the cursor is %j, each once",
    ([last]) =>
      Effect.gen(function* () {
        const { client, seen } = exchange((_, nth) =>
          nth === 0
            ? json({ data: [order("a"), order("b")], next_cursor: "two" })
            : json({ data: [order("b"), order("c")], next_cursor: last })
        )
        const { openOrders } = yield* trading(client)
        const found = yield* openOrders({ conditionId: "0xm" })
        expect(found.map(({ id, original_size, side, status }) => [id, original_size, side, status])).toStrictEqual(
          ["a", "b", "c"].map((id) => [id, 10_500_000, "sell", "live"])
        )
        expect(seen.map(({ path, query }) => path + query)).toStrictEqual([
          "/data/orders?market=0xm&next_cursor=MA%3D%3D",
          "/data/orders?market=0xm&next_cursor=two"
        ])
        expect(new Set(seen.map(({ headers }) => headers["poly_signature"])).size).toBe(1)
      })
  )

  it.effect("a ledger without end is refused, not cut", () =>
    Effect.gen(function* () {
      const { client } = exchange((_, nth) => json({ data: [order(`o${nth}`)], next_cursor: `c${nth}` }))
      const { openOrders } = yield* trading(client)
      const reading = yield* Effect.fork(Effect.flip(openOrders()))
      yield* TestClock.adjust("10 minutes")
      expect((yield* Fiber.join(reading)).detail).toMatch(/more than 300 pages/)
    })
  )

  it.effect("a trade as its maker sees it, whatever way its status is written", () =>
    Effect.gen(function* () {
      const trade = {
        id: "t1",
        taker_order_id: "0xother",
        market: "0xm",
        asset_id: "714",
        side: "BUY",
        size: "100",
        fee_rate_bps: "",
        price: "0.4",
        match_time: "1770000001",
        outcome: "No",
        bucket_index: 0,
        maker_orders: [
          { order_id: "0xmine", owner: "k", matched_amount: "2.5", price: "0.6", asset_id: "713", side: "BUY" }
        ],
        trader_side: "MAKER"
      }
      const words = ["MATCHED", "TRADE_STATUS_CONFIRMED", "TRADE_STATUS_MATCHED_NOT_BROADCASTED", "FAILED", "NEW_WORD"]
      const data = words.map((status, n) => ({ ...trade, id: `t${n}`, status }))
      const { client, seen } = exchange(() => json({ data, next_cursor: "LTE=" }))
      const { trades } = yield* trading(client)
      const found = yield* trades({ afterSec: 5 })
      const statuses = ["matched", "confirmed", "matched_not_broadcasted", "failed", "unknown"]
      expect(found.map(({ status }) => status)).toStrictEqual(statuses)
      expect(found[0]?.maker_orders?.[0]).toMatchObject({
        order_id: "0xmine",
        matched_amount: 2_500_000,
        price: 600_000
      })
      expect(seen[0]?.query).toBe("?after=5&next_cursor=MA%3D%3D")
    })
  )

  it.effect.each([[null], [{}], [{ id: "" }], [""]])("an order answered with %j does not rest", ([body]) =>
    Effect.gen(function* () {
      const { client } = exchange(() => (body === "" ? new Response("") : json(body)))
      expect(yield* (yield* trading(client)).order("0x1")).toBe(null)
    })
  )

  it.effect("an order that cannot be read is no absent order", () =>
    Effect.gen(function* () {
      const { client } = exchange(() => json({ ...order("a"), side: "HOLD" }))
      const failure = yield* Effect.flip(Effect.asVoid((yield* trading(client)).order("a")))
      expect(failure.kind).toBe("malformed")
    })
  )

  it.effect("cancels say what is gone and what is not, a thousand ids at a time", () =>
    Effect.gen(function* () {
      const { client, seen } = exchange(({ body }, nth) =>
        json({ canceled: nth === 0 ? JSON.parse(body) : [], not_canceled: nth === 0 ? {} : { z: "matched" } })
      )
      const { cancelAll, cancelMarket, cancelOrder, cancelOrders } = yield* trading(client)
      const ids = Array.from({ length: 1_001 }, (_, n) => `0x${n}`)
      const cancelling = yield* Effect.fork(cancelOrders(ids))
      yield* TestClock.adjust("1 minute")
      const { canceled, notCanceled } = yield* Fiber.join(cancelling)
      expect([canceled.length, notCanceled]).toStrictEqual([1_000, { z: "matched" }])
      yield* Effect.all([cancelOrder("0xa"), cancelAll, cancelMarket({ conditionId: "0xm" })], { concurrency: 1 })
      expect(seen.slice(2).map(({ body, method, path }) => `${method} ${path} ${body}`)).toStrictEqual([
        'DELETE /order {"orderID":"0xa"}',
        "DELETE /cancel-all ",
        'DELETE /cancel-market-orders {"market":"0xm"}'
      ])
    })
  )

  it.effect("balances keep allowances that no number holds", () =>
    Effect.gen(function* () {
      const unlimited = (1n << 256n) - 1n
      const { client, seen } = exchange(() => json({ balance: "12500000", allowances: { "0xE1": String(unlimited) } }))
      const { balance } = yield* trading(client)
      expect(yield* balance("713")).toStrictEqual({ balance: 12_500_000n, allowances: { "0xE1": unlimited } })
      yield* balance(null)
      expect(seen.map(({ query }) => query)).toStrictEqual([
        "?asset_type=CONDITIONAL&token_id=713&signature_type=0",
        "?asset_type=COLLATERAL&signature_type=0"
      ])
    })
  )
})

describe("what needs no credentials", () => {
  it.effect("a market's trading rules", () =>
    Effect.gen(function* () {
      const { client, seen } = exchange(() =>
        json({
          c: "0xm",
          t: [
            { t: "713", o: "Yes" },
            { t: "714", o: "No" }
          ],
          mts: 0.0025,
          nr: true,
          fd: { r: 0.05, e: 1, to: true },
          mos: 5,
          ao: true,
          sd: 1
        })
      )
      const { market } = makePublicClient((yield* trading(client)).send)
      expect(yield* market("0xm")).toStrictEqual({
        tokens: [
          { tokenId: "713", outcome: "Yes" },
          { tokenId: "714", outcome: "No" }
        ],
        tick: 2_500,
        exchange: "negRisk",
        minSize: 5_000_000,
        fee: { rate: 0.05, exponent: 1 },
        acceptingOrders: true,
        delayed: true
      })
      expect(Object.keys(seen[0]?.headers ?? {}).filter((name) => name.startsWith("poly"))).toStrictEqual([])
    })
  )

  it.effect("the exchange's time and version", () =>
    Effect.gen(function* () {
      const { client } = exchange(({ path }) => json(path === "/time" ? 1_770_000_000 : { version: 2 }))
      const { orderVersion, serverTime } = makePublicClient((yield* trading(client)).send)
      expect([yield* serverTime, yield* orderVersion]).toStrictEqual([1_770_000_000, 2])
    })
  )
})
