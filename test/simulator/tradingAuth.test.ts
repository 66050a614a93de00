import { createHmac } from "node:crypto"
import { describe, expect, it } from "vitest"
import { type Method } from "../../src/polymarket/auth.ts"
import { addresses, ask, claim, makeTrader, run, valuesOf, wallets, withTrading } from "./traders.ts"

const HOUR_SEC = 3_600
const nowSec = () => Math.floor(Date.now() / 1_000)
const unauthorized = { status: 401, body: { error: "Unauthorized/Invalid api key" } }
const l1Refused = { status: 401, body: { error: "Invalid L1 Request headers" } }

describe("credentials", () => {
  it("are derived once they are created, the same for one address and nonce on every exchange", async () => {
    const once = () =>
      withTrading(async (exchange) => {
        const derive = async (nonce = 0) => ask(exchange, "GET", "/auth/derive-api-key", await claim(0, nonce))
        expect(await derive()).toMatchObject({ status: 400, body: { error: "Could not derive api key!" } })
        const created = await ask(exchange, "POST", "/auth/api-key", await claim())
        expect(created.status).toBe(200)
        expect(Object.keys(created.body)).toEqual(["apiKey", "secret", "passphrase"])
        expect(created.body.apiKey).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
        expect(Buffer.from(created.body.secret, "base64")).toHaveLength(32)
        expect((await derive()).body).toEqual(created.body)
        expect(await ask(exchange, "POST", "/auth/api-key", await claim())).toMatchObject({
          status: 400,
          body: { error: "Could not create api key" }
        })
        const other = await ask(exchange, "POST", "/auth/api-key", await claim(0, 7))
        expect(other.body.apiKey).not.toBe(created.body.apiKey)
        return created.body
      })
    expect(await once()).toEqual(await once())
  })

  it("are listed and deleted", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      await ask(exchange, "POST", "/auth/api-key", await claim(0, 1))
      await ask(exchange, "POST", "/auth/api-key", await claim(1))
      expect((await trader.request("GET", "/auth/api-keys")).body.apiKeys).toHaveLength(2)
      expect((await trader.request("GET", "/auth/ban-status/closed-only")).body).toEqual({ closed_only: false })
      expect((await trader.request("DELETE", "/auth/api-key")).status).toBe(200)
      expect(await trader.request("GET", "/auth/api-keys")).toMatchObject(unauthorized)
    }))

  it("are refused to a claim of somebody else, of another time, or without a part", () =>
    withTrading(async (exchange) => {
      const right = await claim()
      const refused = [
        { ...right, POLY_ADDRESS: addresses[1]! },
        { ...right, POLY_ADDRESS: "0x12" },
        { ...right, POLY_NONCE: "1" },
        { ...right, POLY_NONCE: "-1" },
        { ...right, POLY_TIMESTAMP: String(Number(right["POLY_TIMESTAMP"]) + 1) },
        { ...right, POLY_SIGNATURE: "0x12" },
        { ...right, POLY_SIGNATURE: "nothing" },
        await claim(0, 0, nowSec() - HOUR_SEC),
        await claim(0, 0, nowSec() + HOUR_SEC),
        {}
      ]
      for (const headers of refused) {
        expect([headers, await ask(exchange, "POST", "/auth/api-key", headers)]).toMatchObject([headers, l1Refused])
      }
      // Upper and lower case are one address.
      const lower = { ...right, POLY_ADDRESS: right["POLY_ADDRESS"]!.toLowerCase() }
      expect((await ask(exchange, "POST", "/auth/api-key", lower)).status).toBe(200)
    }))
})

describe("a request with credentials", () => {
  it("is refused when any part of its signature is not right", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const stranger = await makeTrader(exchange, { nth: 1 })
      const right = trader.headersAt(nowSec(), "GET", "/data/orders")
      expect((await ask(exchange, "GET", "/data/orders", right)).status).toBe(200)
      // A query is not signed.
      expect((await ask(exchange, "GET", "/data/orders?market=0x1", right)).status).toBe(200)
      const strangers = stranger.headersAt(nowSec(), "GET", "/data/orders")
      const wrong: ReadonlyArray<Readonly<Record<string, string>>> = [
        {},
        trader.headersAt(nowSec(), "GET", "/data/trades"),
        trader.headersAt(nowSec(), "POST", "/data/orders"),
        trader.headersAt(nowSec(), "GET", "/data/orders", "{}"),
        trader.headersAt(nowSec() - HOUR_SEC, "GET", "/data/orders"),
        trader.headersAt(nowSec() + HOUR_SEC, "GET", "/data/orders"),
        { ...right, POLY_TIMESTAMP: String(nowSec() + 5) },
        { ...right, POLY_TIMESTAMP: String(Date.now()) },
        { ...right, POLY_ADDRESS: addresses[1]! },
        { ...right, POLY_ADDRESS: wallets[0]! },
        { ...right, POLY_PASSPHRASE: "wrong" },
        { ...right, POLY_API_KEY: stranger.key },
        { ...right, POLY_API_KEY: "00000000-0000-4000-8000-000000000000" },
        { ...right, POLY_SIGNATURE: strangers["POLY_SIGNATURE"]! }
      ]
      for (const [nth, headers] of wrong.entries()) {
        expect([nth, await ask(exchange, "GET", "/data/orders", headers)]).toMatchObject([nth, unauthorized])
      }
    }))

  it("is refused when it is signed with another secret, in another alphabet, or with another body", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const { secret } = valuesOf(trader.credentials)
      const body = '{"orderID":"0x01"}'
      const text = `${nowSec()}DELETE/order${body}`
      const mac = (key: Buffer) => createHmac("sha256", key).update(text).digest("base64")
      const headers = trader.headersAt(nowSec(), "DELETE", "/order", body)
      const send = async (signature: string, sent = body) =>
        (await ask(exchange, "DELETE", "/order", { ...headers, POLY_SIGNATURE: signature }, sent)).status
      const standard = mac(Buffer.from(secret, "base64"))
      const urlSafe = standard.replaceAll("+", "-").replaceAll("/", "_")
      expect(await send(urlSafe)).toBe(200)
      expect(await send(urlSafe, '{"orderID": "0x01"}')).toBe(401)
      expect(await send(urlSafe.replace("=", ""))).toBe(401)
      expect(await send(mac(Buffer.from(secret)).replaceAll("+", "-").replaceAll("/", "_"))).toBe(401)
    }))

  it.each(["/order", "/orders", "/cancel-all", "/cancel-market-orders"])("DELETE %s needs it", (path) =>
    withTrading(async (exchange) => {
      expect(await ask(exchange, "DELETE", path)).toMatchObject(unauthorized)
    })
  )

  it.each<[Method, string]>([
    ["POST", "/order"],
    ["POST", "/orders"],
    ["GET", "/data/order/0x1"],
    ["GET", "/data/trades"],
    ["GET", "/balance-allowance"],
    ["GET", "/balance-allowance/update"]
  ])("%s %s needs it", (method, path) =>
    withTrading(async (exchange) => {
      expect(await ask(exchange, method, path)).toMatchObject(unauthorized)
    })
  )
})

describe("time of a request", () => {
  it("may be the machine's or the market's, also as a client reckons it that measured the difference once", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const status = async (timestampSec: number) =>
        (await ask(exchange, "GET", "/data/orders", trader.headersAt(timestampSec, "GET", "/data/orders"))).status
      const market = await run(trader.publicClient.serverTime)
      expect(Math.abs(market - nowSec())).toBeGreaterThan(1_000_000)
      expect([await status(nowSec()), await status(market), await status(market - HOUR_SEC)]).toEqual([200, 200, 401])
      await run(exchange.advance(HOUR_SEC * 1_000_000))
      const measuredThen = market + 1
      const measuredNow = await run(trader.publicClient.serverTime)
      expect(measuredNow - market).toBe(HOUR_SEC)
      expect([await status(measuredThen), await status(measuredNow)]).toEqual([200, 200])
      expect(await status(measuredNow + HOUR_SEC)).toBe(401)
    }))

  it("never shows a secret in an answer that refuses", () =>
    withTrading(async (exchange) => {
      const trader = await makeTrader(exchange)
      const { passphrase, secret } = valuesOf(trader.credentials)
      const answer = await trader.request("GET", "/data/orders", undefined, { POLY_SIGNATURE: "x" })
      expect(answer.status).toBe(401)
      expect(JSON.stringify(answer.body)).not.toContain(secret)
      expect(JSON.stringify(answer.body)).not.toContain(passphrase)
    }))
})
