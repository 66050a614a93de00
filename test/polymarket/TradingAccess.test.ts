import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { inspect } from "node:util"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { AppConfig, type AppConfigShape, defaultConfig } from "../../src/config/AppConfig.ts"
import * as LiveVenueLayer from "../../src/execution/LiveVenue.ts"
import * as TradingAccessLayer from "../../src/polymarket/TradingAccess.ts"
import { TradingAccess } from "../../src/polymarket/TradingAccess.ts"
import { LiveVenue } from "../../src/ports/LiveVenue.ts"
import { type Exchange } from "../../src/simulator/server.ts"
import { addresses, makeTrader, privateKeys, run, valuesOf, wallets, withTrading } from "../simulator/traders.ts"

type Environment = Readonly<Record<string, string>>

const nowhere = { clob: "http://127.0.0.1:9/clob", geoblock: "http://127.0.0.1:9/geoblock" }

/** Over an exchange, or none at all, with these environment variables. */
const using = <A, E>(
  environment: Environment,
  body: Effect.Effect<A, E, TradingAccess | LiveVenue>,
  { clob, geoblock }: Pick<Exchange["urls"], "clob" | "geoblock"> = nowhere
) => {
  const config: AppConfigShape = {
    ...defaultConfig,
    data: { ...defaultConfig.data, clob_base_url: clob },
    live: { ...defaultConfig.live, geoblock_url: geoblock }
  }
  const layer = LiveVenueLayer.layer.pipe(
    Layer.provideMerge(TradingAccessLayer.layer),
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(AppConfig, config))
  )
  return run(
    body.pipe(
      Effect.provide(layer),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment))))
    )
  )
}

const account = Effect.flatMap(TradingAccess, ({ account }) => account)
const missing = Effect.flatMap(TradingAccess, ({ missing }) => missing)
const signer = Effect.flatMap(TradingAccess, ({ signer }) => signer)

const own = { POLYMARKET_PRIVATE_KEY: privateKeys[0], POLYMARKET_SIGNATURE_TYPE: "0" }
const given = {
  POLYMARKET_API_KEY: "5ec2e7aa-key",
  POLYMARKET_API_SECRET: "c2VjcmV0LXNlY3JldA==",
  POLYMARKET_API_PASSPHRASE: "pass-phrase-5ec2e7"
}
const asked = async ({ stats }: Exchange, endpoint: string) => (await run(stats)).requests[`clob ${endpoint}`] ?? 0

describe("the way to the exchange", () => {
  it.each<readonly [Environment, ReadonlyArray<string>]>([
    [{}, ["POLYMARKET_PRIVATE_KEY", "POLYMARKET_FUNDER", "POLYMARKET_SIGNATURE_TYPE"]],
    [{ POLYMARKET_PRIVATE_KEY: "  " }, ["POLYMARKET_PRIVATE_KEY", "POLYMARKET_FUNDER", "POLYMARKET_SIGNATURE_TYPE"]],
    [{ ...own, POLYMARKET_SIGNATURE_TYPE: "2" }, ["POLYMARKET_FUNDER"]],
    [{ POLYMARKET_SIGNATURE_TYPE: "0" }, ["POLYMARKET_PRIVATE_KEY"]],
    [own, []],
    [{ POLYMARKET_CLOB_HEADERS_JSON: "{}" }, []]
  ])("names what is missing: %j lacks %j", async (environment, names) => {
    expect(await using(environment, missing)).toStrictEqual(names)
  })

  it.each<readonly [Environment, string]>([
    [{ ...own, POLYMARKET_SIGNATURE_TYPE: "4" }, "POLYMARKET_SIGNATURE_TYPE: must be 0 (own key), 1 (proxy)"],
    [{ ...own, POLYMARKET_SIGNATURE_TYPE: "" }, "POLYMARKET_SIGNATURE_TYPE: is not set"],
    [{ ...own, POLYMARKET_PRIVATE_KEY: `${privateKeys[0]}0` }, "POLYMARKET_PRIVATE_KEY: must be 64 hexadecimal digits"],
    [{ ...own, POLYMARKET_PRIVATE_KEY: "f".repeat(64) }, "POLYMARKET_PRIVATE_KEY: is no private key"],
    [{ ...own, POLYMARKET_FUNDER: wallets[0] ?? "" }, "POLYMARKET_FUNDER: must be the key's own address"],
    [{ ...own, POLYMARKET_SIGNATURE_TYPE: "3" }, "POLYMARKET_FUNDER: is needed with signature type 3"]
  ])("says what is wrong with the key's account, and not what the key is: %#", async (environment, problem) => {
    const error = await using(environment, Effect.flip(signer))
    expect(error.message).toContain(problem)
    const shown = inspect(error, { depth: 9 }).toLowerCase()
    for (const secret of [privateKeys[0].slice(2), "f".repeat(64)]) expect(shown).not.toContain(secret)
  })

  it("takes all three API credentials or none, and names those that lack", () =>
    withTrading(async ({ urls }) => {
      const { POLYMARKET_API_SECRET: secret, ...lacking } = given
      const error = await using({ ...own, ...lacking }, Effect.flip(account), urls)
      expect(error.message).toBe("POLYMARKET_API_SECRET: is not set; give all three or none, to derive them")
      const bad = { ...own, ...given, POLYMARKET_API_SECRET: `${secret}\u00e9` }
      const refused = await using(bad, Effect.flip(account), urls)
      expect(refused.message).toBe("POLYMARKET_API_SECRET: must be base64 text")
      expect(inspect([error, refused], { depth: 9 })).not.toMatch(/5ec2e7|c2VjcmV0/)
    }))

  it("derives the credentials once, and again when the exchange takes them no longer", () =>
    withTrading(async (exchange) => {
      const seen = await using(
        own,
        Effect.gen(function* () {
          const venue = yield* LiveVenue
          expect(yield* venue.resting).toStrictEqual([])
          expect((yield* venue.account).address).toBe(addresses[0])
          const before = yield* Effect.promise(() => asked(exchange, "GET /auth/derive-api-key"))
          // Somebody deletes the set of credentials, as on the exchange's page for them.
          const trader = yield* Effect.promise(() => makeTrader(exchange))
          yield* Effect.promise(() => trader.request("DELETE", "/auth/api-key"))
          const failure = yield* Effect.flip(venue.resting)
          expect(yield* venue.resting).toStrictEqual([])
          return { before, failure, after: yield* Effect.promise(() => asked(exchange, "POST /auth/api-key")) }
        }),
        exchange.urls
      )
      expect(seen).toMatchObject({ before: 1, after: 2 })
      expect(seen.failure.message).toMatch(/^open orders: HTTP 401 .*check the API credentials/)
      const values = Object.values(valuesOf((await makeTrader(exchange)).credentials))
      for (const value of values) expect(inspect(seen.failure, { depth: 9 })).not.toContain(value)
    }))

  it("with a gateway's headers needs no key to look, and cannot sign", () =>
    withTrading(async (exchange) => {
      const { key } = await makeTrader(exchange)
      const headers = { POLYMARKET_CLOB_HEADERS_JSON: JSON.stringify({ POLY_API_KEY: key }) }
      const opened = await using(headers, account, exchange.urls)
      expect([opened.signer, Redacted.value(opened.apiKey)]).toStrictEqual([null, key])
      const ready = Effect.flatMap(LiveVenue, ({ ready }) => Effect.flip(ready))
      const error = await using(headers, ready, exchange.urls)
      expect(error).toMatchObject({ nothingSent: true, detail: "POLYMARKET_PRIVATE_KEY: is not set" })
    }))

  it("says missing credentials before anything is asked of the exchange", () =>
    withTrading(async (exchange) => {
      const before = (await run(exchange.stats)).total
      const error = await using(
        {},
        Effect.flatMap(LiveVenue, ({ resting }) => Effect.flip(resting)),
        exchange.urls
      )
      expect(error).toMatchObject({
        nothingSent: true,
        detail:
          "missing credentials POLYMARKET_PRIVATE_KEY, POLYMARKET_FUNDER, POLYMARKET_SIGNATURE_TYPE; nothing was sent"
      })
      expect((await run(exchange.stats)).total).toBe(before)
    }))
})
