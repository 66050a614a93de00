import { join } from "node:path"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { largestTakerFee } from "../../src/app/signOnly.ts"
import { makeOrderSigner, makeOrderVerifier } from "../../src/polymarket/orderSigning.ts"
import { address, ownAccount, privateKey } from "../app/doctorWorld.ts"
import { withExchange } from "../simulator/support.ts"
import { CONDITION, NO, oneMarket, usual, YES } from "../simulator/tradingSupport.ts"
import { type Run, runCli, scratch } from "./cli.ts"
import { toMicros } from "../../src/domain/units.ts"

const { dir, remove } = scratch()
afterAll(remove)

/** Nobody listens there. */
const nowhere = { MONOMARKET_CLOB_URL: "http://127.0.0.1:9/clob" }

const withDatabase = <A>(body: (db: Database.Database) => A): A => {
  const db = new Database(join(dir, "data", "monomarket.db"))
  try {
    return body(db)
  } finally {
    db.close()
  }
}

beforeAll(async () => {
  expect((await runCli(["init-db"], { cwd: dir })).code).toBe(0)
  withDatabase((db) =>
    db
      .prepare(
        `insert into markets (source, market_id, canonical_id, event_id, question, status, neg_risk, yes_price, no_price,
           liquidity, volume, updated_at, updated_us, tick_size, min_order_size, condition_id, yes_token_id, no_token_id)
         values ('gamma', 'm1', 'm1', 'e1', 'Will it?', 'open', 1, 0.5, 0.5, 1000, 0, '', 1770000000000000, 0.01, 5, ?, ?, ?)`
      )
      .run(CONDITION, YES, NO)
  )
})

const order = { market: "m1", token: "NO", side: "buy", price: "0.55", qty: "20" }

const sign = (env: Record<string, string>, more: ReadonlyArray<string> = [], fields: Partial<typeof order> = {}) => {
  const options = Object.entries({ ...order, ...fields }).flatMap(([name, value]) => [`--${name}`, value])
  return runCli(["place-order", ...options, "--sign-only", ...more], { cwd: dir, env: { ...ownAccount, ...env } })
}

const parsed = ({ code, stderr, stdout }: Run) => {
  expect([code, stderr]).toEqual([0, ""])
  return JSON.parse(stdout)
}

const storedOrders = () => withDatabase((db) => db.prepare("select count(*) from orders").pluck().get())

describe("place-order --sign-only", () => {
  it("shows what is signed, for the exchange contract of the market, and sends and stores nothing", () =>
    withExchange({ backend: oneMarket([usual], { negRisk: true, rate: 0.05 }), trading: {} }, async (exchange) => {
      const env = { MONOMARKET_CLOB_URL: exchange.urls.clob }
      const shown = parsed(await sign(env, ["--json"]))
      expect(shown).toMatchObject({
        sent: false,
        chain_id: 137,
        exchange: "negRisk",
        exchange_contract: "0xe2222d279d744050d28e00520010520000310F59",
        order_type: "GTC",
        condition_id: CONDITION,
        token_id: NO,
        price: 0.55,
        qty: 20,
        notional: 11,
        // 20 shares at 0.50, the dearest price for fees that the limit allows: 20 * 0.05 * 0.25.
        largest_fee: 0.25,
        rules_from: "exchange",
        rules_seen_at: null,
        order: {
          maker: address,
          signer: address,
          tokenId: NO,
          makerAmount: "11000000",
          takerAmount: "20000000",
          side: "BUY",
          signatureType: "0",
          expiration: "0"
        }
      })
      const fields = { ...shown.order, signatureType: 0 }
      const verifier = await Effect.runPromise(makeOrderVerifier(137))
      expect(shown.hash).toBe(verifier.hash(fields, "negRisk").toLowerCase())
      const { recent } = await Effect.runPromise(exchange.stats)
      expect(recent.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET /clob-markets/${CONDITION}`])
      expect(storedOrders()).toBe(0)
    }))

  it("keeps the signature to itself", async () => {
    const run = await sign(nowhere, ["--json"])
    const { order: fields } = parsed(run)
    const signer = await Effect.runPromise(
      makeOrderSigner({ privateKey: Redacted.make(privateKey), signatureType: 0, funder: null, chainId: 137 })
    )
    const { signature } = await Effect.runPromise(
      signer.sign(
        {
          side: "buy",
          tokenId: fields.tokenId,
          amounts: { makerAmount: Number(fields.makerAmount), takerAmount: Number(fields.takerAmount) },
          salt: Number(fields.salt),
          createdAtUs: Number(fields.timestamp) * 1_000
        },
        "negRisk"
      )
    )
    const text = (await sign(nowhere)).stdout
    for (const secret of [signature.slice(2), privateKey.slice(2)]) expect(run.stdout).not.toContain(secret)
    expect(text).not.toMatch(/0x[0-9a-f]{130}/i)
    expect(text).toContain("whoever has it can send the order")
  })

  it("works without a network from what is stored, and says so", async () => {
    expect(parsed(await sign(nowhere, ["--json"]))).toMatchObject({
      exchange: "negRisk",
      rules_from: "database",
      rules_seen_at: "2026-02-02T02:40:00Z",
      tick_size: 0.01,
      largest_fee: null
    })
    expect((await sign(nowhere)).stdout).toMatch(/from the database, of 2026-02-02T02:40:00Z \(.+\)/)
  })

  it("works whatever the switches say, and tells what they would say", async () => {
    const on = await sign({ ...nowhere, KILL_SWITCH: "true" }, ["--json"])
    expect(parsed(on).gate).toBe("kill switch: KILL_SWITCH is on (environment), no new orders")
    const open = await sign({ ...nowhere, ENABLE_LIVE_TRADING: "true" }, ["--json"])
    expect(parsed(open).gate).toBeNull()
  })

  const refusals: ReadonlyArray<
    readonly [string, Record<string, string>, ReadonlyArray<string>, Partial<typeof order>, number, RegExp]
  > = [
    ["a missing key", { POLYMARKET_PRIVATE_KEY: "" }, [], {}, 1, /POLYMARKET_PRIVATE_KEY/],
    ["paper", {}, ["--mode", "paper"], {}, 2, /--sign-only: orders on paper are not signed/],
    ["a confirmation", {}, ["--confirm-live"], {}, 2, /cannot be combined with/],
    ["amounts that cannot be told", {}, ["--tif", "ioc"], { qty: "10.01" }, 1, /must be a multiple of 0.2/],
    ["shares that are not held", {}, [], { side: "sell" }, 2, /holds no NO/]
  ]
  it.each(refusals)("refuses %s in one line", async (_, env, more, fields, code, message) => {
    const run = await sign({ ...nowhere, ...env }, more, fields)
    expect(run.stderr).toMatch(message)
    expect([run.code, run.stdout, run.stderr.trimEnd().split("\n").length]).toEqual([code, "", 1])
  })
})

describe("the largest fee", () => {
  const fee = { rate: 0.05, exponent: 1, takerOnly: true, rebateRate: 0 }
  const of = (side: "buy" | "sell", price: number, tif: "gtc" | "ioc" = "gtc") =>
    largestTakerFee({ side, tif, limitPrice: toMicros(price), qty: toMicros(10) }, toMicros(0.01), fee) / 1e6

  it("is that of the dearest price within the limit", () => {
    expect(of("buy", 0.2)).toBeCloseTo(10 * 0.05 * 0.2 * 0.8, 9)
    expect(of("buy", 0.9)).toBeCloseTo(10 * 0.05 * 0.25, 9)
    expect(of("sell", 0.9)).toBeCloseTo(10 * 0.05 * 0.9 * 0.1, 9)
    expect(of("sell", 0.3)).toBeCloseTo(10 * 0.05 * 0.25, 9)
  })

  it("counts that an immediate buy gets more shares where they are cheaper", () => {
    // 2 USDC at 0.01 are 200 shares.
    expect(of("buy", 0.2, "ioc")).toBeCloseTo(200 * 0.05 * 0.01 * 0.99, 9)
  })
})
